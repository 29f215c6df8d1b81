"""Follows the log for what providers report later: delivered, bounced, failed. Set-wise."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from django.db import transaction

from keskio.channels.api import read_reference
from keskio.events.api import append_events, cursor_of, events_named, move_cursor
from keskio.kernel.clock import Micros
from keskio.kernel.sql import run_many
from keskio.talk.ledger import Outcome, messages_by_id, told

CURSOR = "talk.receipts"
REPORTED = "delivery.reported"
# A report may overtake the record of the hand-over, and it also tells what became of an unknown one.
AFTER = {
    "delivered": ("sent", "unknown", "handing"),
    "bounced": ("sent", "delivered", "unknown", "handing"),
    "failed": ("sent", "unknown", "handing"),
}
SETTLE = """
    UPDATE talk_message SET state = %s, reason = %s, settled_at = %s
    WHERE id = %s AND state IN ('sent', 'delivered', 'unknown', 'handing')
"""
BATCH = 1000
# So many events of others are looked at again in each turn before a commit is spent on them.
PASSED_OVER = 1000


class _Report(msgspec.Struct, frozen=True):
    reference: str = ""
    status: str = ""
    detail: str = ""


class _Body(msgspec.Struct, frozen=True):
    properties: _Report = _Report()


_read = msgspec.json.Decoder(_Body).decode


class Receipts:
    """A job: one batch of the log a turn."""

    name = "receipts"

    def turn(self, now: Micros) -> bool:
        """Settle the messages that the next events report on; True when there may be more."""
        position = cursor_of(CURSOR)
        events, reached = events_named({REPORTED}, after=position, limit=BATCH)
        if not events and reached - position < PASSED_OVER:
            return False
        reports: list[tuple[int, _Report]] = []
        for event in events:
            report = _read(event.body).properties
            reference = read_reference(report.reference)
            if reference is not None and report.status in AFTER:
                reports.append((reference.message, report))
        with transaction.atomic():
            self._settle(reports, now)
            move_cursor(CURSOR, reached)
        return len(events) == BATCH

    def _settle(self, reports: Sequence[tuple[int, _Report]], now: Micros) -> None:
        found = messages_by_id({number for number, _ in reports}) if reports else {}
        outcomes: list[Outcome] = []
        for number, report in reports:
            message, state = found.get(number, (None, ""))
            if message is not None and state in AFTER[report.status]:
                found[number] = (message, report.status)
                outcomes.append(Outcome(message, report.status, report.detail))
        run_many(SETTLE, [(o.state, o.reason[:200], now, o.message.id) for o in outcomes])
        append_events([told(outcome, now) for outcome in outcomes])
