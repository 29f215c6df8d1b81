"""Takes texts away when their time is up: the messages stay as counts."""

from __future__ import annotations

from keskio.kernel.clock import Micros
from keskio.kernel.sql import fetch
from keskio.listen.actions import TIME, take_texts_away
from keskio.listen.hearing import DAY

SLICE = 500
KEEP_DAYS, KEEP_OTHERS_DAYS = 365, 30


def prune_texts(now: Micros) -> bool:
    """Take away a slice of the texts whose time is up; True when there may be more.

    Messages that do not concern us go first, after a shorter time.
    """
    rows = fetch("SELECT keep_days, keep_others_days FROM listen_policy ORDER BY id LIMIT 1")
    keep, keep_others = rows[0] if rows else (KEEP_DAYS, KEEP_OTHERS_DAYS)
    found = fetch(
        "SELECT id FROM listen_mention WHERE state <> 'gone' AND (at < %s"
        " OR (at < %s AND state = 'read' AND is_match = %s AND is_private = %s)) ORDER BY at LIMIT %s",
        (now - keep * DAY, now - keep_others * DAY, False, False, SLICE),
    )
    take_texts_away([row[0] for row in found], why=TIME, at=now)
    return len(found) == SLICE
