"""Signing in and out, one's own password, language and theme."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from keskio.web.context import THEME_COOKIE
from keskio.web.models import Profile, Theme

A_YEAR = 60 * 60 * 24 * 365


class SignIn(auth_views.LoginView):
    """Sign in; the language and theme of the user's profile come along.

    Wrong passwords are counted by django-axes for the user name and the address together.
    """

    template_name = "web/sign_in.html"
    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Sign in and bring the user's choices into this browser."""
        response = super().form_valid(form)
        profile = Profile.objects.filter(user_id=form.get_user().pk).first()
        if profile and profile.language:
            _keep(response, settings.LANGUAGE_COOKIE_NAME, profile.language)
        if profile:
            _keep(response, THEME_COOKIE, profile.theme)
        return response


class ChangePassword(auth_views.PasswordChangeView):
    """Change one's own password; other sessions of the user end."""

    template_name = "web/password.html"
    success_url = reverse_lazy("web:account")

    def form_valid(self, form: Any) -> HttpResponse:
        """Save the password and say so."""
        messages.success(self.request, _("Your password has been changed."))
        return super().form_valid(form)


@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """Show one's own account."""
    return render(request, "web/account.html")


@require_POST
@login_not_required
def set_language(request: HttpRequest) -> HttpResponse:
    """Change the language of the pages for this browser and, signed in, for the user."""
    language = request.POST.get("language", "")
    response = _back(request)
    if language in dict(settings.LANGUAGES) and check_for_language(language):
        _keep(response, settings.LANGUAGE_COOKIE_NAME, language)
        _remember(request, language=language)
    return response


@require_POST
@login_not_required
def set_theme(request: HttpRequest) -> HttpResponse:
    """Change how the pages look for this browser and, signed in, for the user."""
    theme = request.POST.get("theme", "")
    response = _back(request)
    if theme in Theme.values:
        _keep(response, THEME_COOKIE, theme)
        _remember(request, theme=theme)
    return response


def _remember(request: HttpRequest, **choices: str) -> None:
    if isinstance(request.user, User):
        Profile.objects.update_or_create(user=request.user, defaults=choices)


def _keep(response: HttpResponse, name: str, value: str) -> None:
    response.set_cookie(
        name,
        value,
        max_age=A_YEAR,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
    )


def _back(request: HttpRequest) -> HttpResponseRedirect:
    """Go back to where the form stood; never to another site."""
    target = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return redirect(target if is_ours else reverse("web:home"))
