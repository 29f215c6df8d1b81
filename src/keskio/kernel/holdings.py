"""What the house holds of people: each room says what stands where, how it is told, and how it goes.

A room registers its holdings once (`register`, in its entry of Django's list of applications). Export
reads all of them; erasure goes through them one by one, each step in a transaction of its own, until a
whole round finds nothing more: so it may stop anywhere and go on. A test of the house looks for tables
that no holding names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import msgspec

from keskio.kernel.clock import Micros
from keskio.kernel.sql import any_of, connection_of, is_postgres, listed, run

SLICE = 5000
# The order in which holdings are erased: first what could still go out, last what others are found by.
OUTGOING, ROWS, LOG, FILES = 0, 10, 20, 30


class Person(msgspec.Struct, frozen=True):
    """Somebody, by everything that leads to them.

    `records`: all numbers that Keskiö has given them. `identifiers`: (type, value) as the ledger has
    them. `words`: texts that name them and nobody else (addresses, numbers, ids), in small letters.
    `moments`: when what they did came in, as far as raw requests are found by it.
    """

    records: tuple[int, ...]
    identifiers: tuple[tuple[str, str], ...] = ()
    words: tuple[str, ...] = ()
    moments: tuple[Micros, ...] = ()


class NotYet(Exception):
    """The holding cannot be erased now; the text says what it waits for."""


class Holding(Protocol):
    """Something that is held of people, in tables or in files."""

    @property
    def key(self) -> str:
        """What receipts and exports call it: its table, or a name of its own."""
        ...

    @property
    def stage(self) -> int:
        """When it is erased."""
        ...

    @property
    def tables(self) -> Sequence[str]:
        """The tables that it answers for."""
        ...

    def export(self, person: Person) -> list[dict[str, Any]]:
        """Return what is held of a person, as plain values; [] for nothing."""

    def erase(self, person: Person, now: Micros) -> int:
        """Take a slice of it away and return how many rows or files it was; 0: nothing is left.

        Runs in the caller's transaction. Raises NotYet.
        """


class Rows:
    """The rows of a table that belong to a person by the number in one of the columns `by`.

    They are deleted; or, where books must balance, they stay without the person: `kept` are the
    columns that are emptied, and the numbers become 0.
    """

    def __init__(
        self,
        table: str,
        *,
        by: Sequence[str] = ("customer_id",),
        kept: Mapping[str, Any] | None = None,
        where: str = "",
        stage: int = ROWS,
    ) -> None:
        self.key = self._table = table
        self.tables = (table,)
        self.stage = stage
        self._by = tuple(by)
        self._kept = kept
        self._where = f" AND {where}" if where else ""

    def export(self, person: Person) -> list[dict[str, Any]]:
        """Return the rows, oldest first."""
        found = self._found()
        return rows_of(f"SELECT * FROM {self._table} WHERE {found}", self._params(person))  # noqa: S608 - constants

    def erase(self, person: Person, now: Micros) -> int:  # noqa: ARG002 - a holding's shape
        """Delete the rows, or take the person out of them."""
        found, params = self._found(), self._params(person)
        if self._kept is None:
            sql = f"DELETE FROM {self._table} WHERE {found}"  # noqa: S608 - constants
            if self._table == "events_event":
                inner = f"SELECT id FROM {self._table} WHERE {found} LIMIT {SLICE}"  # noqa: S608 - constants
                sql = f"DELETE FROM {self._table} WHERE id IN ({inner})"  # noqa: S608 - constants
            return run(sql, params)
        emptied = [f'"{column}" = %s' for column in self._kept]
        nobody = [f"{column} = 0" for column in self._by]
        sql = f"UPDATE {self._table} SET {', '.join(emptied + nobody)} WHERE {found}"  # noqa: S608 - constants
        return run(sql, (*self._kept.values(), *params))

    def _found(self) -> str:
        return "(" + " OR ".join(any_of(column) for column in self._by) + ")" + self._where

    def _params(self, person: Person) -> list[Any]:
        return [listed(person.records) for _ in self._by]


class Mentions:
    """The rows of a table whose texts name a person; they are deleted, or the texts emptied (`kept`)."""

    def __init__(
        self,
        table: str,
        *,
        columns: Sequence[str],
        kept: Mapping[str, Any] | None = None,
        stage: int = ROWS,
    ) -> None:
        self.key = self._table = table
        self.tables = (table,)
        self.stage = stage
        self._columns = tuple(columns)
        self._kept = kept

    def export(self, person: Person) -> list[dict[str, Any]]:
        """Return the rows, oldest first."""
        found, params = mentioned(self._columns, person.words)
        return rows_of(f"SELECT * FROM {self._table} WHERE {found}", params)  # noqa: S608 - constants

    def erase(self, person: Person, now: Micros) -> int:  # noqa: ARG002 - a holding's shape
        """Delete the rows, or empty their texts."""
        found, params = mentioned(self._columns, person.words)
        if self._kept is None:
            return run(f"DELETE FROM {self._table} WHERE {found}", params)  # noqa: S608 - constants
        emptied = ", ".join(f'"{column}" = %s' for column in self._kept)
        sql = f"UPDATE {self._table} SET {emptied} WHERE {found}"  # noqa: S608 - constants
        return run(sql, (*self._kept.values(), *params))


def mentioned(
    columns: Sequence[str], words: Sequence[str], using: str = "default"
) -> tuple[str, list[str]]:
    """Return a condition "one of the texts holds one of the words", and its parameters."""
    holds = "position(%s IN lower({}))" if is_postgres(using) else "instr(lower({}), %s)"
    tests = [f"{holds.format(column)} > 0" for column in columns for _ in words]
    return "(" + " OR ".join(tests) + ")" if tests else "(1 = 0)", [*words] * len(columns)


def rows_of(sql: str, params: Sequence[Any], using: str = "default") -> list[dict[str, Any]]:
    """Return the rows of a query as mappings from columns to plain values."""
    with connection_of(using).cursor() as cursor:
        cursor.execute(sql, params)
        names = [column[0] for column in cursor.description or ()]
        return [
            {name: _plain(value) for name, value in zip(names, row, strict=True)}
            for row in cursor.fetchall()
        ]


def _plain(value: Any) -> Any:
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode("utf-8", "replace")
    return value


_registered: dict[str, Holding] = {}


def register(*holdings: Holding) -> None:
    """Put holdings into the registry; one with a key that is there already takes its place."""
    for holding in holdings:
        _registered[holding.key] = holding


def holdings() -> list[Holding]:
    """Return all holdings in the order in which they are erased."""
    return sorted(_registered.values(), key=lambda holding: (holding.stage, holding.key))


__all__ = [
    "FILES",
    "LOG",
    "OUTGOING",
    "ROWS",
    "Holding",
    "Mentions",
    "NotYet",
    "Person",
    "Rows",
    "holdings",
    "mentioned",
    "register",
    "rows_of",
]
