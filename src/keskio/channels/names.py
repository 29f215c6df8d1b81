"""What channels are called on pages."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

NAMES: dict[str, str | Promise] = {
    "sms": _("Text message"),
    "email": _("E-mail"),
    "letter": _("Letter"),
    "social": _("Social media"),
}


def channel_name(channel: str) -> str | Promise:
    """Return the name of a channel; one that a plugin brought has its key."""
    return NAMES.get(channel, channel)
