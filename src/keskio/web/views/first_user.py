"""Making the first administrator of a new installation, with the one-time token."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from keskio.web import setup_token
from keskio.web.forms import FirstUserForm

MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"


@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def first_user(request: HttpRequest, token: str) -> HttpResponse:
    """Make the first administrator and sign them in.

    Whoever holds the token of the data folder may do it, once; without it, or when there are users
    already, the page says how it is done.
    """
    if not setup_token.is_valid(token):
        return render(request, "web/first_user_closed.html", status=403)
    form = FirstUserForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            user = form.save()
        setup_token.use_up()
        login(request, user, backend=MODEL_BACKEND)
        messages.success(request, _("Welcome. You are the administrator of this Keskiö."))
        return redirect("web:home")
    return render(request, "web/first_user.html", {"form": form})
