"""A small world of customers, as the Python executor sees them, and as tables that SQL sees."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

import duckdb
import msgspec
import pyarrow as pa

from keskio.engine.conditions import Happening, Subject, typed_rows
from keskio.engine.conditions.deciding import fits_of
from keskio.engine.conditions.sql import Kept
from keskio.engine.conditions.values import number_of
from keskio.lake.dialect import DUCKDB_MACROS
from keskio.lake.shape import EVENT_COLUMNS, HOT_NUMBERS, HOT_TEXTS, TALLY_COLUMNS, TYPES, VIEWS
from tests.engine.conditions import making as make


class Event(msgspec.Struct, frozen=True):
    """One event in the log of the world."""

    id: int
    record: int
    name: str
    happening: Happening


class World:
    """Customers 1 to `size`, some of them with records merged into them; the last are not in force."""

    def __init__(self, seed: int, size: int = 60, zone: str = "") -> None:
        dice = Random(seed)
        self.zone = zone or make.ZONES[seed % len(make.ZONES)]
        self.redirects = {
            size + number: dice.randrange(1, size + 1) for number in range(1, size // 5)
        }
        told = [
            (record, name, happening)
            for record in [*range(1, size + 1), *self.redirects]
            for name, happening in make.happenings(dice, self.zone, 9)
        ]
        dice.shuffle(told)
        self.log = [Event(number, *one) for number, one in enumerate(told, 1)]
        self.gone = {size, size - 1}
        self.subjects = {
            customer: msgspec.structs.replace(
                make.subject(dice, self.zone), events=self._events_of(customer)
            )
            for customer in range(1, size + 1)
        }

    def _events_of(self, customer: int) -> dict[str, list[Happening]]:
        found: dict[str, list[Happening]] = {}
        for event in sorted(self.log, key=lambda event: (event.happening.at, event.id)):
            if self.redirects.get(event.record, event.record) == customer:
                found.setdefault(event.name, []).append(event.happening)
        return found

    @property
    def in_force(self) -> dict[int, Subject]:
        """The customers that a segment may have as members."""
        return {number: one for number, one in self.subjects.items() if number not in self.gone}

    # tables

    def rows(self, kept: Sequence[Kept] = ()) -> dict[str, list[tuple[Any, ...]]]:
        """Return the rows of every view."""
        return {
            "events": [_event_row(event) for event in self.log],
            "redirects": list(self.redirects.items()),
            "customers": [(c, True, make.NOW, "fi", "", True, True) for c in self.in_force],
            "traits": [
                (customer, name, *row)
                for customer, one in self.subjects.items()
                for name, value in one.traits.items()
                for row in typed_rows(value)
            ],
            "consents": [
                (customer, *key.split("/"), state)
                for customer, one in self.subjects.items()
                for key, state in one.consents.items()
            ],
            "memberships": [
                (customer, key, since)
                for customer, one in self.subjects.items()
                for key, since in one.segments.items()
            ],
            "stages": [
                (customer, model, *said)
                for customer, one in self.subjects.items()
                for model, said in one.stages.items()
            ],
            **self._objects(),
            "tallies": list(self._tallies(kept)),
        }

    def _objects(self) -> dict[str, list[tuple[Any, ...]]]:
        objects, fields = [], []
        for customer, one in self.subjects.items():
            for owned in [owned for many in one.objects.values() for owned in many]:
                number = len(objects) + 1
                objects.append((number, customer, owned.kind, owned.key, False))
                for name, value in owned.properties.items():
                    fields += [(number, customer, name, *row) for row in typed_rows(value)]
            objects.append((len(objects) + 1, customer, "car", "ended", True))
        return {"objects": objects, "object_fields": fields}

    def _tallies(self, kept: Sequence[Kept]) -> Iterator[tuple[Any, ...]]:
        measures = [*(Kept(key=name, event=name) for name in make.NAMES), *kept]
        for measure in measures:
            fits = fits_of(measure.where)
            told: dict[int, list[Event]] = {}
            for event in self.log:
                if event.name == measure.event and fits(event.happening.properties):
                    told.setdefault(event.record, []).append(event)
            for record, events in told.items():
                times = [event.happening.at for event in events]
                numbers = [
                    number_of(event.happening.properties.get(measure.property)) or 0.0
                    for event in events
                ]
                yield record, measure.key, min(times), max(times), len(times), sum(numbers)

    def connect(self, kept: Sequence[Kept] = ()) -> duckdb.DuckDBPyConnection:
        """Return a DuckDB with the views as tables and the macros of the lake."""
        connection = duckdb.connect(config={"threads": 1})
        connection.execute("SET TimeZone = 'UTC'")
        for macro in DUCKDB_MACROS:
            connection.execute(macro)
        shapes = {name: view.columns for name, view in VIEWS.items()}
        shapes |= {"events": EVENT_COLUMNS, "tallies": TALLY_COLUMNS}
        for name, rows in self.rows(kept).items():
            given = table_of(rows, shapes[name])
            connection.register("given", given)
            connection.execute(f"CREATE TABLE {name} AS SELECT * FROM given")
            connection.unregister("given")
        return connection


def table_of(rows: Sequence[tuple[Any, ...]], columns: dict[str, str]) -> pa.Table:
    """Return rows as a table with these columns."""
    schema = pa.schema([(name, TYPES[kind]) for name, kind in columns.items()])
    given = [dict(zip(columns, row, strict=True)) for row in rows]
    return pa.Table.from_pylist(given, schema=schema)


def _event_row(event: Event) -> tuple[Any, ...]:
    properties = event.happening.properties
    numbers = [number_of(properties.get(name)) for name in HOT_NUMBERS]
    texts = [properties.get(name) for name in HOT_TEXTS]
    return (
        *(event.id, event.record, event.name, event.happening.at, event.happening.at, 1, ""),
        *numbers,
        *(text if isinstance(text, str) else None for text in texts),
        msgspec.json.encode({"properties": properties}).decode(),
    )
