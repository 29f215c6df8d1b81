"""How segments and models of stages stand, for pages: sizes, changes, growth, flows, members."""

from __future__ import annotations

from collections.abc import Collection
from itertools import pairwise

import msgspec

from keskio.engine.times import DAY, HOUR
from keskio.kernel.clock import Micros
from keskio.kernel.sql import any_of, fetch, listed

CHANGES = """
    SELECT segment_id, sum(CASE WHEN hour >= %s THEN entered ELSE 0 END),
        sum(CASE WHEN hour >= %s THEN went ELSE 0 END), sum(entered), sum(went)
    FROM segments_tally WHERE hour >= %s GROUP BY segment_id
"""
MEMBERS = """
    SELECT customer_id, since FROM segments_membership WHERE segment_id = %s
    ORDER BY customer_id LIMIT %s OFFSET %s
"""
AT_STAGE = """
    SELECT customer_id, since FROM segments_stageof WHERE model = %s AND stage = %s
    ORDER BY customer_id LIMIT %s OFFSET %s
"""
GROWTH = """
    SELECT hour, members FROM segments_tally WHERE segment_id = %s AND hour >= %s ORDER BY hour
"""
BEFORE = """
    SELECT members FROM segments_tally WHERE segment_id = %s AND hour < %s
    ORDER BY hour DESC LIMIT 1
"""
FLOWS = """
    SELECT was, became, count(*) FROM segments_move
    WHERE model = %s AND at >= %s AND at < %s GROUP BY was, became
"""
HISTORY = """
    SELECT model, was, became, at FROM segments_move
    WHERE {customers} ORDER BY at DESC, id DESC LIMIT %s
"""


class Change(msgspec.Struct, frozen=True, gc=False):
    """How many came and went in the last 24 hours and 7 days."""

    day_in: int = 0
    day_out: int = 0
    week_in: int = 0
    week_out: int = 0

    @property
    def day(self) -> int:
        """The difference over 24 hours."""
        return self.day_in - self.day_out

    @property
    def week(self) -> int:
        """The difference over 7 days."""
        return self.week_in - self.week_out


class Moved(msgspec.Struct, frozen=True, gc=False):
    """One step of a customer from stage to stage ("" for none)."""

    model: str
    was: str
    became: str
    at: Micros


def changes_of_all(now: Micros) -> dict[int, Change]:
    """Return by segment's id how it has changed; segments without any change are left out."""
    hour = now - now % HOUR
    day, week = hour - DAY + HOUR, hour - 7 * DAY + HOUR
    return {row[0]: Change(*(int(n) for n in row[1:])) for row in fetch(CHANGES, (day, day, week))}


def members_of(segment: int, *, limit: int, offset: int = 0) -> list[tuple[int, Micros]]:
    """Return members with since when, in the order of their ids."""
    return [(row[0], row[1]) for row in fetch(MEMBERS, (segment, limit, offset))]


def customers_at(
    model: str, stage: str, *, limit: int, offset: int = 0
) -> list[tuple[int, Micros]]:
    """Return the customers at a stage with since when, in the order of their ids."""
    return [(row[0], row[1]) for row in fetch(AT_STAGE, (model, stage, limit, offset))]


def growth_of(segment: int, *, now: Micros, days: int = 30) -> list[int]:
    """Return how many members there were at the end of each of the last `days` days, now last."""
    start = now - now % DAY - (days - 1) * DAY
    before = fetch(BEFORE, (segment, start))
    members = int(before[0][0]) if before else 0
    ends = [start + (at + 1) * DAY for at in range(days)]
    rows = fetch(GROWTH, (segment, start))
    grown = []
    place = 0
    for end in ends:
        while place < len(rows) and rows[place][0] < end:
            members = int(rows[place][1])
            place += 1
        grown.append(members)
    return grown


def counts_at(model: str) -> dict[str, int]:
    """Return how many customers are at each stage of a model."""
    sql = "SELECT stage, count(*) FROM segments_stageof WHERE model = %s GROUP BY stage"
    return dict(fetch(sql, (model,)))


def flows_of(model: str, *, start: Micros, end: Micros) -> dict[tuple[str, str], int]:
    """Return how often customers went from one stage to another in [start, end)."""
    return {(row[0], row[1]): int(row[2]) for row in fetch(FLOWS, (model, start, end))}


def history_of(customers: Collection[int], *, limit: int = 20) -> list[Moved]:
    """Return the latest steps of one customer's records, newest first."""
    sql = HISTORY.format(customers=any_of("customer_id"))
    return [Moved(*row) for row in fetch(sql, (listed(customers), limit))]


def is_growing(grown: list[int]) -> bool:
    """Tell whether a growth line says anything: not all its days are the same."""
    return any(first != second for first, second in pairwise(grown))
