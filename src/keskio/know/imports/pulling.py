"""Tables of other systems, taken in by difference: only rows that are not as they were become changes.

Of each row a digest of its key and one of all of it are kept, in the transaction that takes it in. A pull
that is broken off anywhere therefore begins anew and finds what it has done done.
"""

from __future__ import annotations

import struct
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import Any

import msgspec
from django.db import transaction

from keskio.events.api import append_events
from keskio.kernel.clock import Micros, now_micros
from keskio.kernel.errors import KeskioError, Mistake
from keskio.kernel.sql import any_of, fetch, is_postgres, listed, run, run_many
from keskio.know.actions import set_traits
from keskio.know.imports.files import text_of
from keskio.know.imports.mapping import Mapping, read_mapping
from keskio.know.imports.models import Table
from keskio.know.imports.remote import Answer, WrongQuery, answer_of
from keskio.know.imports.rows import Fault, Reader, Row
from keskio.know.imports.taking import take_rows
from keskio.know.objects.actions import write_objects
from keskio.know.objects.contracts import NewObject

MINUTE = 60_000_000
REST = 2.0
FAULTS_KEPT = 50
PREVIEWED = 8
SLICE = 500
# Fewer than this many may always vanish; of more, not above half without a person's word.
FEW = 10

_KEPT = "SELECT high, low, hash FROM imports_kept WHERE table_id = %s AND "
_KEEP = """
    INSERT INTO imports_kept (table_id, high, low, hash, run, customer_id, objects_told)
    VALUES (%s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (table_id, high, low) DO UPDATE
    SET hash = excluded.hash, run = excluded.run, customer_id = excluded.customer_id,
        objects_told = excluded.objects_told
"""
_SEEN = "UPDATE imports_kept SET run = %s WHERE table_id = %s AND high = %s AND low = %s"
_GONE = """
    SELECT id, customer_id, objects_told FROM imports_kept
    WHERE table_id = %s AND run < %s ORDER BY id LIMIT %s
"""
_three = struct.Struct("<qqq").unpack
_encode = msgspec.json.Encoder().encode


class TooManyGone(Mistake):
    """Far more rows have vanished than usual."""

    code = "too_many_gone"


class Pull:
    """One pull of a table, from its beginning to its end."""

    def __init__(self, table: Table, *, may_vanish: bool = False) -> None:
        self.table = table
        self.may_vanish = may_vanish
        self.run = table.run + 1
        self.counts: Counter[str] = Counter()
        self.faults: list[Fault] = []
        self.mapping: Mapping = read_mapping(table.mapping)
        self._mark: Any = None

    def go(self, stop: threading.Event) -> bool:
        """Take in what has changed; return False when stopped before the end. Raises KeskioError."""
        table = self.table
        with answer_of(
            table.address, table.query, mark_column=table.mark_column, mark=table.mark
        ) as answer:
            reader = Reader(self.mapping, answer.names)
            keys = _places_of(_names_in(table.keys), answer.names)
            mark = _places_of([table.mark_column], answer.names)[0] if table.mark_column else -1
            number = 0
            for chunk in answer.chunks:
                if stop.is_set():
                    return False
                self._take(reader, keys, [list(row) for row in chunk], number, mark)
                number += len(chunk)
        if not table.mark_column and table.vanished != Table.Vanished.IGNORE:
            self._take_vanished(stop)
        if self._mark is not None:
            Table.objects.filter(pk=table.pk).update(mark=text_of(self._mark))
        return True

    def _take(
        self,
        reader: Reader,
        keys: Sequence[int],
        values: Sequence[Sequence[Any]],
        number: int,
        mark: int,
    ) -> None:
        """Take in the rows of a chunk that are not as they were."""
        rows: dict[tuple[int, int], tuple[int, int, list[str]]] = {}
        for at, row in enumerate(values, start=number + 1):
            cells = [text_of(value) for value in row]
            high, low, whole = _digests(self.table.pk, [cells[key] for key in keys], cells)
            rows[high, low] = (at, whole, cells)
            if mark >= 0 and row[mark] is not None:
                self._mark = row[mark] if self._mark is None else max(self._mark, row[mark])
        with transaction.atomic():
            kept = self._kept(list(rows))
            news = {key: told for key, told in rows.items() if kept.get(key) != told[1]}
            read = [reader.read(at, cells) for at, _, cells in news.values()]
            outcome = take_rows(read, source=f"table:{self.table.key}")
            run_many(
                _KEEP,
                [
                    (self.table.pk, *key, told[1], self.run, customer, _objects_in(row))
                    for (key, told), row, customer in zip(
                        news.items(), read, outcome.customers, strict=True
                    )
                ],
            )
            if self.table.vanished != Table.Vanished.IGNORE:
                same = [key for key in rows if key not in news]
                run_many(_SEEN, [(self.run, self.table.pk, *key) for key in same])
        self.counts += outcome.counts
        self.counts["unchanged"] += len(rows) - len(news)
        self.counts["rows"] += len(values)
        self.faults += outcome.faults[: FAULTS_KEPT - len(self.faults)]

    def _kept(self, keys: Sequence[tuple[int, int]]) -> dict[tuple[int, int], int]:
        sql = _KEPT + any_of("high")
        found = fetch(sql, (self.table.pk, listed(high for high, _ in keys)))
        return {(high, low): whole for high, low, whole in found}

    def _take_vanished(self, stop: threading.Event) -> None:
        """Do what the table's rule says of rows that are no longer there."""
        counted = "SELECT count(*), coalesce(sum(CASE WHEN run < %s THEN 1 ELSE 0 END), 0)"
        sql = f"{counted} FROM imports_kept WHERE table_id = %s"
        known, gone = fetch(sql, (self.run, self.table.pk))[0]
        if not self.may_vanish and gone > max(FEW, known // 2):
            raise TooManyGone(
                f"{gone} of {known} rows are no longer there. If that is so, say that they may vanish;"
                " nothing has been done about them."
            )
        while not stop.is_set():
            with transaction.atomic():
                rows = fetch(_GONE, (self.table.pk, self.run, SLICE))
                if not rows:
                    return
                self._let_go(rows)
                run(
                    f"DELETE FROM imports_kept WHERE {any_of('id')}",  # noqa: S608 - constants
                    (listed(row[0] for row in rows),),
                )
            self.counts["gone"] += len(rows)

    def _let_go(self, rows: Sequence[tuple[Any, ...]]) -> None:
        if self.table.vanished == Table.Vanished.TRAIT:
            trait = {self.table.vanished_trait: True}
            told = {customer: trait for _, customer, _ in rows if customer}
            set_traits(told, at=now_micros(), by=f"table:{self.table.key}")
            return
        things = [
            NewObject(kind, key, ended=True)
            for _, _, objects in rows
            for kind, key in msgspec.json.decode(objects or "[]")
        ]
        _, events = write_objects(things)
        append_events(events)


def _digests(table: int, key: Sequence[str], cells: Sequence[str]) -> tuple[int, int, int]:
    """Return 128 bits of the key and 64 of the whole row."""
    named = blake2b("\x1f".join((str(table), *key)).encode(), digest_size=16).digest()
    whole = blake2b("\x1f".join(cells).encode(), digest_size=8).digest()
    high, low, rest = _three(named + whole)
    return high, low, rest


def _objects_in(row: Row) -> str:
    return (
        _encode([[thing.kind, thing.key] for thing in row.objects]).decode() if row.objects else ""
    )


def _names_in(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _places_of(wanted: Sequence[str], names: Sequence[str]) -> list[int]:
    missing = [name for name in wanted if name not in names]
    if missing or not wanted:
        raise WrongQuery(
            f"The query has no column {', '.join(missing) or 'named as key'}, but {', '.join(names)}."
        )
    return [names.index(name) for name in wanted]


def preview(table: Table) -> tuple[list[str], list[list[str]], list[Row]]:
    """Ask for the first rows and read them: names, cells, and what they are by the mapping."""
    with answer_of(table.address, table.query, most=PREVIEWED) as answer:
        reader = Reader(read_mapping(table.mapping), answer.names)
        _places_of(_names_in(table.keys), answer.names)
        cells = [[text_of(value) for value in row] for row in _rows_of(answer)]
    return answer.names, cells, [reader.read(at, row) for at, row in enumerate(cells, start=1)]


def _rows_of(answer: Answer) -> Iterator[Sequence[Any]]:
    for chunk in answer.chunks:
        yield from chunk


def pull(table: Table, stop: threading.Event, *, may_vanish: bool = False) -> None:
    """Pull `table` once, and record how that went; what fails is told on its page."""
    Table.objects.filter(pk=table.pk).update(state="running", began_at=now_micros(), sentence="")
    state, sentence = "done", ""
    counts: dict[str, Any] = {"counts": {}, "faults": []}
    try:
        under_way = Pull(table, may_vanish=may_vanish)
        try:
            state = "done" if under_way.go(stop) else "stopped"
        finally:
            faults = [[f.column, f.value, f.reason] for f in under_way.faults]
            counts = {"counts": dict(under_way.counts), "faults": faults}
    except KeskioError as error:
        state, sentence = "failed", error.message
    at = now_micros()
    Table.objects.filter(pk=table.pk).update(
        state=state,
        sentence=sentence,
        counts=_encode(counts).decode(),
        run=table.run + 1,
        ended_at=at,
        due_at=at + table.every_minutes * MINUTE,
        **({"good_at": at} if state == "done" else {}),
    )
    if is_postgres() and counts["counts"].get("new", 0) > SLICE:
        run("ANALYZE imports_kept")


def due_table(at: Micros) -> Table | None:
    """Return the table whose turn it is, the longest overdue first; nobody else gets it then."""
    table = Table.objects.filter(is_on=True, due_at__lte=at).order_by("due_at").first()
    if table is None:
        return None
    claimed = Table.objects.filter(pk=table.pk, due_at=table.due_at)
    return table if claimed.update(due_at=at + table.every_minutes * MINUTE) else None


class Puller:
    """The background that pulls tables when they are due."""

    name = "tables"

    def run(self, stop: threading.Event) -> None:
        """Pull what is due until `stop` is set."""
        while not stop.is_set():
            table = due_table(now_micros())
            if table is None:
                stop.wait(REST)
                continue
            pull(table, stop, may_vanish=table.state == "accepted")
