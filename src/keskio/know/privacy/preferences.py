"""What a customer's preference page offers: the purposes, the channels, and how things stand.

Nothing that names the customer leaves this module but addresses with most of their letters hidden.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from keskio.kernel.sql import fetch
from keskio.know.consents import ANY_CHANNEL
from keskio.know.contracts import ANY_PURPOSE, DENIED, GIVEN, WITHDRAWN
from keskio.know.privacy.links import Link
from keskio.know.privacy.queries import purposes
from keskio.know.privacy.ready import PurposeRow
from keskio.know.queries import now_ids

STOPPABLE = ("email", "sms", "letter", "call", "push")
"""The channels that "stop everything" stops."""
_CUSTOMER = """
    SELECT id, email, phone, language, consents, erased_at FROM know_customer WHERE id = %s
"""
_decode = msgspec.json.Decoder(dict[str, str]).decode


class Offered(msgspec.Struct, frozen=True):
    """One box of the page: a purpose in a channel ("*": the purpose has none), and whether it is on."""

    purpose: PurposeRow
    channel: str
    is_on: bool

    @property
    def key(self) -> str:
        """Return the name under which the state in force stands."""
        return f"{self.purpose.key}/{self.channel}"


class Preferences(msgspec.Struct, frozen=True):
    """A customer as the page shows one; `is_gone`: there is nobody any more whom it could be about."""

    customer: int
    email: str = ""
    phone: str = ""
    language: str = ""
    consents: dict[str, str] = {}
    offered: tuple[Offered, ...] = ()
    is_gone: bool = False

    @property
    def is_stopped(self) -> bool:
        """Tell whether nothing that needs a consent comes any more."""
        return not any(box.is_on for box in self.offered if box.purpose.channels)

    def address_in(self, channel: str) -> str:
        """Return the address in a channel, "" when there is none."""
        return self.email if channel == "email" else self.phone if channel == "sms" else ""


GONE = Preferences(0, is_gone=True)


def preferences_of(link: Link) -> Preferences:
    """Return what the page of a link shows; a merged customer is who they are now."""
    customer = now_ids([link.customer]).get(link.customer)
    rows = fetch(_CUSTOMER, (customer,)) if customer else []
    if not rows or rows[0][5] is not None:
        return GONE
    number, email, phone, language, text, _ = rows[0]
    consents = _decode(text)
    offered = tuple(
        Offered(purpose, channel, _is_on(purpose, channel, consents))
        for purpose in purposes().values()
        if purpose.is_shown
        for channel in _channels_of(purpose, email, phone, consents, link)
    )
    return Preferences(number, email, phone, language, consents, offered)


def masked(address: str) -> str:
    """Return an address of which its owner, and nobody else, can tell which one it is.

    >>> masked("aino.virtanen@example.com"), masked("+358401234567"), masked("")
    ('a•••@e•••.com', '+358•••67', '')
    """
    local, at, domain = address.rpartition("@")
    if at:
        name, _, last = domain.rpartition(".")
        return f"{local[:1]}•••@{name[:1]}•••.{last}"
    return f"{address[:4]}•••{address[-2:]}" if len(address) > 8 else "•••" if address else ""


def _channels_of(
    purpose: PurposeRow, email: str, phone: str, consents: dict[str, str], link: Link
) -> Sequence[str]:
    if not purpose.channels:
        return (ANY_CHANNEL,)
    reached = {"email": bool(email), "sms": bool(phone), "call": bool(phone)}
    return [
        channel
        for channel in purpose.channels
        if reached.get(channel)
        or f"{purpose.key}/{channel}" in consents
        or (purpose.key, channel) == (link.purpose, link.channel)
    ]


def _is_on(purpose: PurposeRow, channel: str, consents: dict[str, str]) -> bool:
    if consents.get(f"{ANY_PURPOSE}/{channel}") in (WITHDRAWN, DENIED) and channel != ANY_CHANNEL:
        return False
    state = consents.get(f"{purpose.key}/{channel}")
    return state == GIVEN if purpose.needs_consent else state not in (WITHDRAWN, DENIED)
