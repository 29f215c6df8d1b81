"""Pages of the wing: connections, one connection with its latest calls."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from keskio.talk.calls import actions
from keskio.talk.calls.forms import ConnectionForm
from keskio.talk.calls.models import Call, Connection
from keskio.talk.calls.queries import counts_of
from keskio.web.paging import page_of_rows
from keskio.web.roles import admin

MADE = "calls.made"
TONES = {"waiting": "calm", "ok": "good", "refused": "warn", "failed": "bad"}


@admin
def connections(request: HttpRequest) -> HttpResponse:
    """List the systems that dialogues may call, with how their calls have gone."""
    found = list(Connection.objects.all())
    counts = counts_of([one.key for one in found])
    rows = [(one, counts[one.key]) for one in found]
    return render(request, "calls/connections.html", {"rows": rows})


@admin
def add(request: HttpRequest) -> HttpResponse:
    """Add a connection; its secret is shown once."""
    form = ConnectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        connection = form.save(commit=False)
        request.session[MADE] = actions.save_connection(connection, by=request.user.get_username())
        return redirect("calls:connection", pk=connection.pk)
    return render(request, "calls/connection_add.html", {"form": form})


@admin
def connection(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a connection with its latest calls, and change it."""
    found = get_object_or_404(Connection, pk=pk)
    form = ConnectionForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        actions.save_connection(form.save(commit=False), by=request.user.get_username())
        messages.success(request, _("The connection has been saved."))
        return redirect("calls:connection", pk=pk)
    page = page_of_rows(request, Call.objects.filter(connection=found.key).order_by("-id"))
    context = {
        "connection": found,
        "form": form,
        "page": page,
        "calls": [(call, TONES[call.state]) for call in page.items],
        "made": request.session.pop(MADE, ""),
    }
    return render(request, "calls/connection.html", context)


@require_POST
@admin
def renew(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a connection another secret, shown once."""
    found = get_object_or_404(Connection, pk=pk)
    request.session[MADE] = actions.renew_secret(found, by=request.user.get_username())
    return redirect("calls:connection", pk=pk)
