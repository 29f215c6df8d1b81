"""Who may do what: three roles, each including the one before it.

reader: sees everything · editor: also publishes dialogues, does tasks, decides · admin: also users,
channels, keys. A role is membership of the Django group of the same name; a superuser is an admin.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, Group, User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

READER = "reader"
EDITOR = "editor"
ADMIN = "admin"
ROLES: dict[str, str | Promise] = {
    READER: _("Reader"),
    EDITOR: _("Editor"),
    ADMIN: _("Administrator"),
}
_RANK = {role: rank for rank, role in enumerate(ROLES, start=1)}

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def role_of(user: AbstractBaseUser | AnonymousUser) -> str:
    """Return the user's role: the highest of their groups; any signed-in user is a reader."""
    if not isinstance(user, User):
        return ""
    known = getattr(user, "_keskio_role", None)
    if known is None:
        names = {ADMIN} if user.is_superuser else set(user.groups.values_list("name", flat=True))
        known = max(names & _RANK.keys(), key=_RANK.__getitem__, default=READER)
        user._keskio_role = known  # type: ignore[attr-defined]  # noqa: SLF001 - lives as long as the request
    return cast("str", known)


def is_at_least(user: AbstractBaseUser | AnonymousUser, role: str) -> bool:
    """Tell whether `user` has `role` or one that includes it."""
    return _RANK.get(role_of(user), 0) >= _RANK[role]


def give_role(user: User, role: str) -> None:
    """Make `role` the user's only role. Raises KeyError for an unknown one."""
    _RANK[role]
    user.groups.remove(*Group.objects.filter(name__in=_RANK))
    user.groups.add(Group.objects.get_or_create(name=role)[0])
    user._keskio_role = role  # type: ignore[attr-defined]  # noqa: SLF001 - see role_of


def needs(role: str) -> Callable[[View], View]:
    """Decorate a view: those without `role` get the page 403 (signing in is asked for before)."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not is_at_least(request.user, role):
                raise PermissionDenied(
                    str(_("This needs the role: %(role)s")) % {"role": ROLES[role]}
                )
            return view(request, *args, **kwargs)

        return cast("View", guarded)

    return decorate


reader = needs(READER)
editor = needs(EDITOR)
admin = needs(ADMIN)
