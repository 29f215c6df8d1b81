"""What is known of one customer at the moment of a step: frozen, gathered in bulk by the host."""

from __future__ import annotations

from typing import Any

import msgspec

from keskio.engine.times import Calendar


class Contact(msgspec.Struct, frozen=True, gc=False):
    """One message that the customer has had, or is about to get: what caps are counted from."""

    at: int
    channel: str
    pressure: str


class Facts(msgspec.Struct, frozen=True, gc=False):
    """The values that a step or the gate may look at.

    `consents` maps "purpose/channel" to given, denied, withdrawn or expired; "*/channel" withdrawn
    means that the customer has said stop there. `addresses` maps channel to address. `zone` is an
    IANA name, "" when unknown. `contacts` come from the ledger, oldest first.
    """

    traits: dict[str, Any] = {}
    consents: dict[str, str] = {}
    addresses: dict[str, str] = {}
    zone: str = ""
    language: str = ""
    contacts: tuple[Contact, ...] = ()
    calendar: Calendar = Calendar()


NOBODY = Facts()
