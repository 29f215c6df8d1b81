"""The job that follows the log and puts unclear replies before people."""

from __future__ import annotations

import msgspec
from django.db import transaction

from keskio.events.api import cursor_of, events_named, is_worth_a_turn, move_cursor
from keskio.kernel.clock import Micros
from keskio.kernel.sql import run_many
from keskio.talk.batch import UNCLEAR

CURSOR = "talk.replies"
BATCH = 1000
ADD = """
    INSERT INTO replies_unclear
        (event_id, customer_id, said_at, channel, text, enrolments, decided_by)
    VALUES (%s, %s, %s, %s, %s, %s, '') ON CONFLICT (event_id) DO NOTHING
"""


class Told(msgspec.Struct, frozen=True):
    """What the log says of an unclear reply."""

    reply: int
    said_at: Micros
    channel: str
    text: str
    enrolments: list[int]


class _Body(msgspec.Struct):
    properties: Told


_read = msgspec.json.Decoder(_Body).decode
_encode = msgspec.json.Encoder().encode


class UnclearFollower:
    """Takes turns at the log; the same event twice is one question to people."""

    name = "unclear replies"

    def turn(self, now: Micros) -> bool:
        """Take one batch; True when there may be more."""
        del now  # events carry their own times
        position = cursor_of(CURSOR)
        events, reached = events_named({UNCLEAR}, after=position, limit=BATCH)
        if not is_worth_a_turn(events, position, reached):
            return False
        rows = []
        for event in events:
            told = _read(event.body).properties
            asked = _encode(told.enrolments).decode()
            rows.append((told.reply, event.customer, told.said_at, told.channel, told.text, asked))
        with transaction.atomic():
            run_many(ADD, rows)
            move_cursor(CURSOR, reached)
        return len(events) == BATCH
