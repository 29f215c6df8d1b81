"""What the wing's pages say of fields, levels and evidence."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

FIELDS: Mapping[str, Promise] = {
    "given": _("First name"),
    "surname": _("Surname"),
    "phone": _("Phone"),
    "email": _("E-mail"),
    "address": _("Address"),
    "born": _("Date of birth"),
    "business": _("Business id"),
}
LEVELS: Mapping[str, Promise] = {
    "same": _("the same"),
    "nickname": _("names that one person may use"),
    "turned": _("first name and surname turned round"),
    "initial": _("the same initial"),
    "close": _("nearly the same"),
    "mailbox": _("the same mailbox at another provider"),
    "house": _("the same house, another flat"),
    "district": _("the same postcode"),
    "other": _("different"),
}
# From so many times likelier on, evidence is called strong; below one it speaks against.
STRONG, CLEAR = 100.0, 3.0


def tone_of(ratio: float) -> tuple[str, str, Promise]:
    """Return the badge's tone, its sign, and how strongly a field speaks for one person."""
    if ratio >= STRONG:
        return "good", "check", _("speaks strongly for")
    if ratio >= CLEAR:
        return "good", "check", _("speaks for")
    if ratio > 1 / CLEAR:
        return "plain", "dot", _("says little")
    return "warn", "cross", _("speaks against")
