"""What every template may use: menu, role, theme, languages."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from keskio.web.models import Theme
from keskio.web.navigation import menu_of
from keskio.web.roles import ADMIN, EDITOR, ROLES, is_at_least, role_of

THEME_COOKIE = "keskio_theme"


def theme_of(request: HttpRequest) -> str:
    """Return the theme that the reader has chosen, or `auto`."""
    theme = request.COOKIES.get(THEME_COOKIE, Theme.AUTO)
    return theme if theme in Theme.values else Theme.AUTO


def page(request: HttpRequest) -> dict[str, Any]:
    """Return the values for templates; what costs a query is read only when it is used."""
    user = getattr(request, "user", AnonymousUser())
    return {
        "menu": SimpleLazyObject(lambda: menu_of(request)),
        "theme": theme_of(request),
        "themes": Theme,
        "languages": settings.LANGUAGES,
        "is_demo": getattr(settings, "DEMO", False),
        "role_name": SimpleLazyObject(lambda: ROLES.get(role_of(user), "")),
        "may_edit": SimpleLazyObject(lambda: is_at_least(user, EDITOR)),
        "may_admin": SimpleLazyObject(lambda: is_at_least(user, ADMIN)),
    }
