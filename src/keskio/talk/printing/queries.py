"""Reads of the wing: runs with their counts, letters of a run, the ledger's rows behind them."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from keskio.kernel.sql import any_of, fetch, listed
from keskio.talk.contracts import Handed
from keskio.talk.ledger import messages_by_id
from keskio.talk.printing.models import PrintRun, Sheet

STATES = """
    SELECT s.run_id, m.state, count(*)
    FROM printing_sheet s JOIN talk_message m ON m.id = s.message_id
    WHERE {runs} GROUP BY s.run_id, m.state
"""
PRINTABLE = frozenset({"claimed", "sent", "delivered"})


class Counts(msgspec.Struct):
    """Letters of a run: how many wait, went to the printer, and were taken back before that."""

    waiting: int = 0
    sent: int = 0
    withdrawn: int = 0


def counts_of(runs: Sequence[PrintRun]) -> dict[int, Counts]:
    """Return how it stands with the letters of `runs`. One query."""
    counts = {run.pk: Counts() for run in runs}
    for number, state, count in fetch(STATES.format(runs=any_of("s.run_id")), (listed(counts),)):
        found = counts[number]
        if state == "claimed":
            found.waiting += count
        elif state in ("sent", "delivered", "bounced"):
            found.sent += count
        else:
            found.withdrawn += count
    return counts


def letters_of(run: PrintRun) -> list[tuple[Sheet, Handed, str]]:
    """Return the letters of a run with their messages and the states of these, by postcode."""
    sheets = list(run.sheets.select_related("picture").order_by("postcode", "id"))
    messages = messages_by_id([sheet.message_id for sheet in sheets])
    return [
        (sheet, *messages[sheet.message_id]) for sheet in sheets if sheet.message_id in messages
    ]


def printable(run: PrintRun) -> list[Sheet]:
    """Return the letters that stand in the run's PDF: written, and not taken back."""
    return [sheet for sheet, _, state in letters_of(run) if state in PRINTABLE and sheet.address]
