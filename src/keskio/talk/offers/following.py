"""Follows the log for what becomes of codes: assigned, back in the stock, used. Set-wise, resumable.

A code is the customer's once a message with it has left. It goes back into the stock only when no
message with it has left, none is on its way, and the dialogue can come to none any more: so a code that
anybody may have seen is never given to somebody else. Everything is read anew from the ledger at each
event, in one transaction with the cursor: seeing an event twice changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec
from django.db import transaction

from keskio.engine.dialogue.packing import unpack
from keskio.events.api import (
    cursor_of,
    events_named,
    last_position,
    locked_cursor_of,
    move_cursor,
)
from keskio.events.contracts import LoggedEvent
from keskio.kernel.clock import Micros
from keskio.kernel.sql import any_of, fetch, listed, run, run_many
from keskio.talk.offers.carrying import is_told_otherwise, may_still_carry, messages_with, names_of
from keskio.talk.offers.redeeming import REDEEMED, redeem
from keskio.talk.programs import Programs

CURSOR = "talk.offers"
REPORTS = frozenset(
    {
        *("message.sent", "message.delivered", "message.bounced", "message.failed"),
        *("message.withdrawn", "message.dropped", "dialogue.ended", "dialogue.removed"),
    }
)
BATCH = 1000
LEFT = frozenset({"sent", "delivered", "bounced"})
CERTAIN = frozenset({"delivered", "bounced"})
MAY_LEAVE = frozenset({"claimed", "handing", "unknown"})

ANY_OPEN = "SELECT 1 FROM talk_coupon WHERE reserved_at IS NOT NULL AND NOT is_settled LIMIT 1"
OPEN = """
    SELECT c.id, c.offer_id, o.key, c.enrolment_id, c.visit, c.assigned_at,
           e.version_id, e.status, e.state
    FROM talk_coupon c
    JOIN talk_offer o ON o.id = c.offer_id
    LEFT JOIN talk_enrolment e ON e.id = c.enrolment_id
    WHERE c.reserved_at IS NOT NULL AND NOT c.is_settled AND {enrolments}
    ORDER BY c.id
"""
MESSAGES = """
    SELECT enrolment_id, visit, step, state, coalesce(settled_at, handed_at, claimed_at)
    FROM talk_message WHERE {enrolments}
"""
ASSIGN = "UPDATE talk_coupon SET assigned_at = %s, is_settled = %s WHERE id = %s"
PUT_BACK = """
    UPDATE talk_coupon
    SET customer_id = NULL, enrolment_id = NULL, visit = NULL, reserved_at = NULL,
        assigned_at = NULL, valid_until = NULL
    WHERE id = %s
"""
LESS_GIVEN = "UPDATE talk_offer SET given = given - %s, turn = turn + 1 WHERE id = %s"


class _Body(msgspec.Struct):
    properties: dict[str, Any] = {}


class _Open(msgspec.Struct, frozen=True):
    """A reserved code of which not all is known yet, and the enrolment that it was reserved in."""

    id: int
    offer: int
    key: str
    enrolment: int
    visit: int
    assigned_at: Micros | None
    version: int | None
    status: int | None
    state: bytes | None


class _Sent(msgspec.Struct, frozen=True):
    """A message of such an enrolment."""

    enrolment: int
    visit: int
    step: str
    state: str
    at: Micros


_read = msgspec.json.Decoder(_Body).decode


class Coupons:
    """A job: one batch of the log a turn."""

    name = "coupons"

    def __init__(self) -> None:
        self.programs = Programs()

    def turn(self, now: Micros) -> bool:
        """Settle the codes that the next events are about; True when there may be more."""
        position, last = cursor_of(CURSOR), last_position()
        # Looked at after the end of the log: what is reserved later has its events behind it.
        names = REPORTS | {REDEEMED} if fetch(ANY_OPEN) else frozenset({REDEEMED})
        events, reached = events_named(names, after=position, limit=BATCH, upto=last)
        if not events and reached - position < BATCH:
            return False  # an idle follower writes nothing
        told = [(event, _read(event.body).properties) for event in events]
        with transaction.atomic():
            if locked_cursor_of(CURSOR) != position:
                return True  # another worker has taken these
            redeem([(e, properties) for e, properties in told if e.name == REDEEMED])
            self._settle(_enrolments(told), now)
            move_cursor(CURSOR, reached)
        return len(events) == BATCH

    def _settle(self, enrolments: set[int], now: Micros) -> None:
        if not enrolments:
            return
        whose = (listed(enrolments),)
        rows = fetch(OPEN.format(enrolments=any_of("c.enrolment_id")), whose)
        if not rows:
            return
        self.programs.refresh()
        opened = [_Open(*row) for row in rows]
        mine = (listed({one.enrolment for one in opened}),)
        sent = [_Sent(*r) for r in fetch(MESSAGES.format(enrolments=any_of("enrolment_id")), mine)]
        assigned: list[tuple[Any, ...]] = []
        back: list[_Open] = []
        for one in opened:
            verdict = self._verdict(one, [m for m in sent if m.enrolment == one.enrolment], now)
            if verdict == "back":
                back.append(one)
            elif isinstance(verdict, tuple):
                assigned.append((*verdict, one.id))
        run_many(ASSIGN, assigned)
        put_back(back)

    def _verdict(
        self, one: _Open, sent: Sequence[_Sent], now: Micros
    ) -> tuple[Micros | None, bool] | str:
        """Return (when it was assigned, whether that is final), "back", or "" for nothing new."""
        loaded = self.programs.by_version.get(one.version or 0)
        if loaded is None:
            return now, True  # nobody can say any more who has seen it
        names = names_of(loaded.program, one.key)
        carrying = messages_with(loaded.program, names)
        mine = [m for m in sent if m.visit > one.visit and m.step in carrying]
        left = [m for m in mine if m.state in LEFT]
        if left:
            first = min(m.at for m in left)
            return one.assigned_at or first, any(m.state in CERTAIN for m in left)
        if any(m.state in MAY_LEAVE for m in mine):
            return ""
        is_open = one.status == 0 and one.state is not None
        if is_open and may_still_carry(loaded.program, unpack(bytes(one.state or b"")), carrying):
            return ""
        if is_told_otherwise(loaded.program, names):
            return (now, True) if one.status != 0 else ""
        return "back"


def put_back(coupons: Sequence[_Open]) -> None:
    """Put codes that nobody has seen back into their stocks; offers first, as the runner does."""
    if not coupons:
        return
    counts = Counter(one.offer for one in coupons)
    for offer, count in sorted(counts.items()):
        run(LESS_GIVEN, (count, offer))
    run_many(PUT_BACK, [(one.id,) for one in coupons])


def _enrolments(told: Sequence[tuple[LoggedEvent, dict[str, Any]]]) -> set[int]:
    found = {properties.get("enrolment") for _, properties in told}
    return {number for number in found if isinstance(number, int)}
