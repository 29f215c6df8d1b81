"""Contacts that went past the dialogues: surveys, and what people themselves have written."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from keskio.kernel.clock import Micros
from keskio.kernel.sql import run_many

NOTE = """
    INSERT INTO contact_noted (customer_id, channel, pressure, at, source)
    VALUES (%s, %s, %s, %s, %s) ON CONFLICT (source) DO NOTHING
"""


class Note(msgspec.Struct, frozen=True):
    """One contact: `source` names it for ever, so that noting it again changes nothing."""

    customer: int
    channel: str
    pressure: str
    at: Micros
    source: str


def note_contact(customer: int, channel: str, pressure: str, at: Micros, source: str) -> None:
    """Note that a customer was sent something in `channel` at `at`: it counts towards the caps.

    `pressure` is its class (marketing, survey, or one of the company's own); `source` says what it was
    and names it once, such as "survey/nps/1234". In the caller's transaction, if there is one.
    """
    note_contacts([Note(customer, channel, pressure, at, source)])


def note_contacts(notes: Iterable[Note]) -> None:
    """Note many contacts at once."""
    run_many(NOTE, [msgspec.structs.astuple(note) for note in notes])
