"""Settings that every SMS gateway has."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from keskio.channels.contracts import Account, Setting
from keskio.kernel.errors import Mistake

SENDER = Setting(
    name="sender",
    label=_("Sender"),
    help=_("The number that customers see and answer to, or a name of at most 11 letters."),
)
WORDS = Setting(
    name="words",
    label=_("Keywords after STOP"),
    help=_("When several services share the number: STOP HUOLTO stops as well. Apart by spaces."),
)
NUMBERS = Setting(
    name="numbers",
    label=_("How numbers are written"),
    kind="choice",
    default="plus",
    choices=(("plus", "+358401234567"), ("bare", "358401234567"), ("zeros", "00358401234567")),
)


def notes_of(account: Account) -> Mapping[str, str]:
    """Return what the later reading of this account's requests needs to know."""
    words = account.setting("words")
    return {"words": words} if words else {}


def web_address(account: Account, name: str, label: str | Promise) -> str:
    """Return a setting that must be a web address; raises Mistake when it is not."""
    address = account.setting(name)
    if not address.startswith(("http://", "https://")):
        raise Mistake(f"{label}: {address!r} does not begin with http:// or https://.")
    return address
