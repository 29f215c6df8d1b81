"""The page at which everybody chooses what they are told of by e-mail."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from keskio.channels.api import active_accounts
from keskio.respond.desk.telling import COLUMNS, ask_to_be_told, telling_of, waiting_for


class TellMeForm(forms.Form):
    """What one wants to be told of."""

    wants_warned = forms.BooleanField(
        label=gettext_lazy("A deadline of a case draws near"),
        required=False,
        help_text=gettext_lazy("Cases that you have, and those of your queues that nobody has."),
    )
    wants_handed_over = forms.BooleanField(
        label=gettext_lazy("A late case is handed over to you or to your queue"), required=False
    )
    wants_rising = forms.BooleanField(
        label=gettext_lazy("A theme rises in what is said of you in public"), required=False
    )


@require_http_methods(["GET", "HEAD", "POST"])
def tell_me(request: HttpRequest) -> HttpResponse:
    """Show what one is told of by e-mail; when posted, keep the choice."""
    username = request.user.get_username()
    mine = telling_of(username)
    if request.method == "POST":
        form = TellMeForm(request.POST)
        if form.is_valid():
            wants = {name for name, column in COLUMNS.items() if form.cleaned_data[column]}
            ask_to_be_told(username, wants=wants, language=(get_language() or "fi")[:2])
            messages.success(request, _("Your choice was saved."))
            return redirect("desk:tell_me")
    initial = {column: getattr(mine, column) for column in COLUMNS.values()}
    context = {
        "form": TellMeForm(initial=initial),
        "mine": mine,
        "address": User.objects.values_list("email", flat=True).get(username=username),
        "may_be_sent": bool(active_accounts("email")),
        "waiting": waiting_for(username),
    }
    return render(request, "desk/tell_me.html", context)
