"""Reads for the pages of the data plan: what is planned beside what has come, and samples from the log."""

from __future__ import annotations

from typing import Any

import msgspec

from keskio.events.api import events_named, last_position
from keskio.kernel.clock import Micros, now_micros
from keskio.kernel.sql import fetch
from keskio.tracking.items import NAMES, RESERVED
from keskio.tracking.models import Planned
from keskio.tracking.plan import DAY, TELLS_TRAITS

DAYS = 30
LOOKED_AT = 50_000  # places from the end of the log among which samples are looked for
_decode = msgspec.json.Decoder(dict[str, Any]).decode


class Seen(msgspec.Struct):
    """An event of the plan, of the log, or of both, with its figures of the last DAYS days."""

    name: str
    planned: Planned | None = None
    taken: int = 0
    faulty: int = 0
    kept_out: int = 0
    first_at: Micros | None = None
    last_at: Micros | None = None

    @property
    def sound(self) -> int:
        """Return how many events were as they should be."""
        return self.taken - self.faulty

    @property
    def broken(self) -> int:
        """Return how many events broke the plan, taken or not."""
        return self.faulty + self.kept_out


def events_seen() -> list[Seen]:
    """Return what is planned and what has come, those that break the plan most first.

    Keskiö's own events, which nobody sends, are left out.
    """
    found = {row.name: Seen(row.name, row) for row in Planned.objects.all()}
    today = now_micros() // DAY
    rows = fetch(
        "SELECT name, sum(CASE WHEN day > %s THEN taken ELSE 0 END),"
        " sum(CASE WHEN day > %s THEN faulty ELSE 0 END),"
        " sum(CASE WHEN day > %s THEN kept_out ELSE 0 END), min(first_at), max(last_at)"
        " FROM tracking_eventday GROUP BY name ORDER BY name LIMIT 5000",
        (today - DAYS,) * 3,
    )
    for name, taken, faulty, kept_out, first_at, last_at in rows:
        if RESERVED.match(name) and name not in NAMES.values():
            continue
        seen = found.setdefault(name, Seen(name))
        seen.taken, seen.faulty, seen.kept_out = int(taken), int(faulty), int(kept_out)
        seen.first_at, seen.last_at = first_at, last_at
    return sorted(found.values(), key=lambda seen: (-seen.broken, -seen.taken, seen.name))


def broken_by_day(name: str = "") -> list[int]:
    """Return how many events broke the plan on each of the last DAYS days, today last."""
    today = now_micros() // DAY
    rows = fetch(
        "SELECT day, sum(faulty + kept_out) FROM tracking_eventday"
        " WHERE day > %s AND (%s = '' OR name = %s) GROUP BY day",
        (today - DAYS, name, name),
    )
    counts = {day: int(count) for day, count in rows}
    return [counts.get(day, 0) for day in range(today - DAYS + 1, today + 1)]


def samples_of(name: str, *, limit: int = 200) -> list[dict[str, Any]]:
    """Return what the latest events of a name told, newest first."""
    after = max(0, last_position() - LOOKED_AT)
    found, _ = events_named([name], after=after, limit=limit * 25)
    word = "traits" if name == TELLS_TRAITS else "properties"
    return [_decode(event.body).get(word) or {} for event in reversed(found[-limit:])]
