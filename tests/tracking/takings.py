"""A small know-room for tests of the intake: one customer for each user id, else for each anonymous id."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from keskio.events import api as events
from keskio.events.contracts import Envelope, NewEvent, Parser, Placed
from keskio.kernel.clock import now_micros
from keskio.tracking.intake import Intake
from keskio.tracking.models import Quarantined
from keskio.tracking.segment import parse


def resolve(envelopes: Sequence[Envelope]) -> Placed:
    """Return the number at the end of each envelope's first identifier."""
    numbers = [int(e.identifiers[0][1].lstrip("ua") or 0) for e in envelopes]
    return Placed(numbers, numbers)


def absorb(envelopes: Sequence[Envelope], placed: Placed) -> list[NewEvent]:
    """Return an event that follows from each identify."""
    return [
        NewEvent(customer=c, name="consent.given", at=e.at)
        for e, c in zip(envelopes, placed.customers, strict=True)
        if e.traits and "consent" in e.traits
    ]


def make_intake(
    *, batch: int = 1000, parsers: Mapping[str, Parser] | None = None, **rooms: Any
) -> Intake:
    """Return an intake over the small room."""
    rooms = {"resolve": resolve, "absorb": absorb, **rooms}
    return Intake(parsers or {"segment": parse}, batch=batch, **rooms)


def spool(told: Any, *, source: int = 10, kind: str = "segment", **meta: Any) -> None:
    """Spool a request as the door does."""
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    events.spool_row(
        kind=kind, source=source, meta=json.dumps({"trusted": True, **meta}), body=body
    )


def take_all(intake: Intake | None = None) -> int:
    """Give the intake turns until nothing is left; return how many."""
    intake = intake or make_intake()
    turns = 1
    while intake.turn(now_micros()):
        turns += 1
    return turns


def track(message: str, *, user: str = "u1", **fields: Any) -> dict[str, Any]:
    """Return a track call."""
    return {"type": "track", "event": "e", "userId": user, "messageId": message, **fields}


def log() -> list[tuple[int, str, str]]:
    """Return (customer, name, message id) of each event in the log."""
    return [(e.customer, e.name, e.message_id) for e in events.events_after(0, 100_000)]


def set_aside() -> list[tuple[str, str]]:
    """Return (reason, message id) of everything in quarantine."""
    return list(Quarantined.objects.order_by("pk").values_list("reason", "message_id"))
