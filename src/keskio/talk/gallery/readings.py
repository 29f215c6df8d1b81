"""A customer's series of readings, and links by which a named doctor can see it for a while.

Readings are the answers to dialogues about health (`health.answered` with values). A link is signed and
says whose readings, for whom, from when and until when; nothing else is kept. It ends at its time, when
the customer ends all links, and when the consent to health data is no longer in force.
"""

from __future__ import annotations

from typing import Any

import msgspec
from django.core import signing
from django.db import transaction

from keskio.engine.dialogue.taking import HEALTH_ANSWERED
from keskio.engine.times import DAY
from keskio.events.api import append_events, named_events_of
from keskio.events.contracts import NewEvent
from keskio.kernel.clock import Micros, now_micros
from keskio.know.api import facts_of, same_person_ids
from keskio.talk.store import text_of

SALT = "keskio.talk.readings"
SHARED, CLOSED = "health.shared", "health.closed"
DAYS = (7, 30, 90)
MOST = 1000


class Reading(msgspec.Struct, frozen=True):
    """One answer: when, and its numbers; none for one who only said that the medicine was taken."""

    at: Micros
    values: tuple[float, ...] = ()


class Share(msgspec.Struct, frozen=True):
    """What a link says: whose readings, for which doctor, and how long (microseconds)."""

    customer: int
    doctor: str
    since: Micros
    until: Micros


class _Body(msgspec.Struct, gc=False):
    properties: dict[str, Any] = {}


_read_body = msgspec.json.Decoder(_Body).decode


def readings_of(customer: int) -> list[Reading]:
    """Return a customer's readings, the newest first; at most a thousand."""
    told = named_events_of(same_person_ids(customer), [HEALTH_ANSWERED], since=None)
    return [_reading(event.at, _read_body(event.body).properties) for event in reversed(told)][
        :MOST
    ]


def _reading(at: Micros, properties: dict[str, Any]) -> Reading:
    value = properties.get("value")
    values = value if isinstance(value, list) else [value]
    return Reading(at, tuple(float(one) for one in values if isinstance(one, int | float)))


def share(customer: int, *, doctor: str, days: int) -> str:
    """Make a link for a named doctor; the log is told. Returns the link's token."""
    now = now_micros()
    made = Share(customer, doctor, now, now + days * DAY)
    _tell(customer, SHARED, {"doctor": doctor, "until": made.until})
    return signing.dumps([made.customer, made.doctor, made.since, made.until], salt=SALT)


def close_shares(customer: int) -> None:
    """End all links to a customer's readings that have been made until now."""
    _tell(customer, CLOSED, {})


def opened(token: str) -> Share | None:
    """Return what a true link says while it lives; None for one that is over, or was made up."""
    try:
        customer, doctor, since, until = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    if now_micros() >= until or not may_be_seen(customer):
        return None
    ended = named_events_of(same_person_ids(customer), [CLOSED], since=since)
    return None if ended else Share(customer, doctor, since, until)


def may_be_seen(customer: int) -> bool:
    """Tell whether the customer is there and a consent to health data is in force."""
    known = facts_of([customer], ()).get(customer)
    return known is not None and any(
        state == "given" and key.startswith("health/") for key, state in known.consents.items()
    )


def _tell(customer: int, name: str, properties: dict[str, Any]) -> None:
    body = text_of({"properties": properties})
    with transaction.atomic():
        append_events([NewEvent(customer, name, now_micros(), body)])
