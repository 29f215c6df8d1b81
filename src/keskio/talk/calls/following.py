"""The job that follows the log and notes what calls dialogues ask for."""

from __future__ import annotations

from typing import Any

import msgspec
from django.db import transaction

from keskio.events.api import cursor_of, events_named, is_worth_a_turn, move_cursor
from keskio.kernel.clock import Micros
from keskio.kernel.sql import run_many

CURSOR = "talk.calls"
ASKED = "call.asked"
BATCH = 1000
ADD = """
    INSERT INTO calls_call
        (enrolment_id, visit, customer_id, dialogue, step, connection, body, asked_at, until, next_at,
         state, attempts, said)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 'waiting', 0, '')
    ON CONFLICT (enrolment_id, visit) DO NOTHING
"""


class Asked(msgspec.Struct, frozen=True):
    """What a dialogue asks: the properties of its event."""

    enrolment: int
    visit: int
    connection: str
    until: Micros
    dialogue: str = ""
    step: str = ""
    body: dict[str, Any] = {}


class _Body(msgspec.Struct):
    properties: Asked


_read = msgspec.json.Decoder(_Body).decode
_encode = msgspec.json.Encoder().encode


class CallFollower:
    """Takes turns at the log; the same event twice asks for one call."""

    name = "calls"

    def turn(self, now: Micros) -> bool:
        """Take one batch; True when there may be more."""
        position = cursor_of(CURSOR)
        events, reached = events_named({ASKED}, after=position, limit=BATCH)
        if not is_worth_a_turn(events, position, reached):
            return False
        rows = []
        for event in events:
            asked = _read(event.body).properties
            rows.append(
                (
                    asked.enrolment,
                    asked.visit,
                    event.customer,
                    asked.dialogue,
                    asked.step,
                    asked.connection[:60],
                    _encode(asked.body).decode(),
                    event.at,
                    asked.until,
                    now,
                )
            )
        with transaction.atomic():
            run_many(ADD, rows)
            move_cursor(CURSOR, reached)
        return len(events) == BATCH
