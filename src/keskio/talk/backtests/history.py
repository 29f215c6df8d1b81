"""The company's own history out of the lake: one customer after another, in the order of time.

DuckDB reads, filters and sorts, spilling to disk where it must; Python sees only the events that the
dialogues care about and those that tell what was known of a customer when.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol, TypeAlias

import msgspec
import pyarrow as pa

from keskio.engine.conditions import Needs
from keskio.engine.dialogue.program import Program
from keskio.engine.dialogue.routing import RECEIVED
from keskio.kernel.clock import Micros

CONSENTS = (
    *("consent.given", "consent.denied", "consent.withdrawn", "consent.expired"),
    *("customer.restricted", "customer.released"),
)
TRAITS = ("customer.identified", "customer.updated", "customer.computed")
SEGMENTS = ("segment.entered", "segment.left")
OBJECTS = ("object.changed", "object.ended")
STAGE = "stage.changed"
SENT, ENTERED = "message.sent", "dialogue.entered"
INVITED = "dialogue.invited"
# What dialogues themselves have told: it follows from them, so that a replay makes it anew.
OWN = ("message.", "dialogue.", "task.", "coupon.", "reply.")
BATCH = 50_000

# The first row of each customer tells who they are; those not in force have none and are passed over.
QUERY = """
SELECT customer, 0 AS moment, 0 AS id, '' AS name,
       CAST(to_json({{'language': language, 'zone': zone, 'email': email, 'phone': phone}}) AS VARCHAR)
           AS body
FROM customers AS c WHERE customer > $after {among}
UNION ALL
SELECT customer, epoch_us(occurred_at) AS moment, id, name, body
FROM events_by_customer AS c
WHERE customer > $after AND id <= $position AND occurred_at < $until
  AND (name IN (SELECT unnest($always))
       OR (name IN (SELECT unnest($windowed)) AND occurred_at >= $window)
       OR (name IN (SELECT unnest($during)) AND occurred_at >= $since)) {among}
ORDER BY customer, moment, id
"""
AMONG = """
  AND customer IN (SELECT customer FROM events_by_customer
                   WHERE name IN (SELECT unnest($entering)) AND id <= $position
                     AND occurred_at >= $since AND occurred_at < $until)
"""
THESE = "AND customer IN (SELECT unnest($these))"
HOW_MANY = "SELECT count(*) FROM customers AS c WHERE customer > 0 {among}"


class Lake(Protocol):
    """An open state of the lake."""

    def query(self, sql: str, params: dict[str, Any] | None = None) -> pa.Table:
        """Return what `sql` answers."""

    def stream(
        self, sql: str, params: dict[str, Any] | None = None, *, rows: int
    ) -> Iterator[pa.RecordBatch]:
        """Yield what `sql` answers as it comes, so many rows at a time."""


class Known(msgspec.Struct, frozen=True, gc=False):
    """Who a customer is, as far as history does not tell."""

    language: str | None = ""
    zone: str | None = ""
    email: bool = False
    phone: bool = False


Row: TypeAlias = tuple[Micros, int, str, str]
_read_known = msgspec.json.Decoder(Known).decode


class Wanted(msgspec.Struct, frozen=True):
    """Which events are read: always, back to `window`, or since the beginning of the time replayed.

    `entering`: those of which a customer must have had one to be looked at at all; None: everybody is.
    """

    always: tuple[str, ...]
    windowed: tuple[str, ...]
    during: tuple[str, ...]
    window: Micros
    entering: tuple[str, ...] | None


def wanted_by(
    programs: Sequence[Program],
    leading: Sequence[Program],
    *,
    since: Micros,
    cap_window: Micros,
    all_traits: bool = False,
) -> Wanted:
    """Return what the `programs` need of history.

    Customers are looked at when they could come into one of those `leading`: the draft and the version
    it is compared with.
    """
    needs = Needs()
    for program in programs:
        needs |= program.needs
    always = [*CONSENTS, ENTERED]
    always += TRAITS if needs.traits or all_traits else ()
    always += SEGMENTS if needs.segments else ()
    always += OBJECTS if needs.objects or any(p.object_kind for p in programs) else ()
    always += [STAGE] if needs.stages else []
    reaches = needs.events
    during = {name for program in programs for name in program.names if not is_own(name)}
    during |= {INVITED} if any(p.trigger.kind == "hand" for p in programs) else set()
    during |= {RECEIVED} if any(p.trigger.kind == "keyword" for p in programs) else set()
    always += [name for name, reach in reaches.items() if reach is None]
    longest = max((reach for reach in reaches.values() if reach), default=0)
    windowed = {SENT, *(name for name, reach in reaches.items() if reach is not None)}
    return Wanted(
        tuple(sorted(set(always))),
        tuple(sorted(windowed)),
        tuple(sorted(during)),
        since - max(longest, cap_window),
        entering_of(leading),
    )


def entering_of(programs: Sequence[Program]) -> tuple[str, ...] | None:
    """Return the events that bring somebody into any of `programs`; None when no event need happen."""
    found: set[str] = set()
    for program in programs:
        trigger = program.trigger
        if trigger.kind == "event" and trigger.matcher is not None:
            found.add(trigger.matcher.event)
        elif trigger.kind == "keyword":
            found.add(RECEIVED)
        elif trigger.kind == "hand":
            found.add(INVITED)
        else:
            return None
    return tuple(sorted(found))


def is_own(name: str) -> bool:
    """Tell whether dialogues themselves tell of events of this name."""
    return name.startswith(OWN)


class History:
    """The events of an open state of the lake, of customers behind `after`, or of `these`."""

    def __init__(
        self, lake: Lake, wanted: Wanted, since: Micros, until: Micros, position: int
    ) -> None:
        self._lake, self._wanted = lake, wanted
        self._params: dict[str, Any] = {
            "always": list(wanted.always),
            "windowed": list(wanted.windowed),
            "during": list(wanted.during),
            "window": _instant(wanted.window),
            "since": _instant(since),
            "until": _instant(until),
            "position": position,
        }

    def how_many(self) -> int:
        """Return how many customers will be looked at."""
        params: dict[str, Any] = {}
        among = ""
        if self._wanted.entering is not None:
            among = AMONG
            params = {key: self._params[key] for key in ("since", "until", "position")}
            params["entering"] = list(self._wanted.entering)
        table = self._lake.query(HOW_MANY.format(among=among), params or None)
        return int(table.column(0)[0].as_py())

    def customers(
        self, *, after: int = 0, these: Collection[int] | None = None
    ) -> Iterator[tuple[int, Known, list[Row]]]:
        """Yield each customer with who they are and their events, in order of their numbers."""
        params = {**self._params, "after": after}
        among = ""
        if these is not None:
            among, params["these"] = THESE, sorted(these)
        elif self._wanted.entering is not None:
            among, params["entering"] = AMONG, list(self._wanted.entering)
        present, known = 0, None
        rows: list[Row] = []
        for batch in self._lake.stream(QUERY.format(among=among), params, rows=BATCH):
            columns = [column.to_pylist() for column in batch.columns]
            for customer, at, number, name, body in zip(*columns, strict=True):
                if customer != present:
                    if known is not None:
                        yield present, known, rows
                    present, known, rows = customer, None, []
                if number == 0:
                    known = _read_known(body)
                elif known is not None:
                    rows.append((at, number, name, body))
        if known is not None:
            yield present, known, rows


def _instant(at: Micros) -> datetime:
    return datetime.fromtimestamp(max(at, 0) / 1_000_000, tz=UTC)
