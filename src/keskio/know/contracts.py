"""Frozen types of the room that cross rooms: people as others may see them, rows to import."""

from __future__ import annotations

from typing import Any

import msgspec

from keskio.kernel.clock import Micros

ANY_PURPOSE = "*"
"""The purpose of a block: a consent row with it speaks of every purpose in its channel."""

GIVEN = "given"
DENIED = "denied"
WITHDRAWN = "withdrawn"
EXPIRED = "expired"
# Of a customer as a whole, under the key "*/*": nothing may be done but to keep; and that again it may.
RESTRICTED = "restricted"
RELEASED = "released"
CONSENT_STATES = (GIVEN, DENIED, WITHDRAWN, EXPIRED)


class Person(msgspec.Struct, frozen=True):
    """A customer as other rooms show one. `id` is where merged ids lead; texts may be empty."""

    id: int
    name: str
    email: str
    phone: str
    language: str
    known: bool


class ConsentRow(msgspec.Struct, frozen=True):
    """A consent to record with an imported person."""

    purpose: str
    channel: str
    state: str = GIVEN
    text_version: str = ""
    proof: str = ""
    at: Micros = 0
    source: str = ""
    expires_at: Micros | None = None


class NewPerson(msgspec.Struct, frozen=True):
    """A row of an import: at least one identifier (type, value), what is known, what is allowed.

    `traits` are picked up as an identify call's are: name, email, phone, language, timezone. `at`:
    when the traits were so; 0: now.
    """

    identifiers: tuple[tuple[str, str], ...]
    traits: dict[str, Any] = {}
    consents: tuple[ConsentRow, ...] = ()
    at: Micros = 0
