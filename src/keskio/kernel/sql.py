"""The few words in which SQLite and PostgreSQL differ, for set-wise statements of hot paths."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import msgspec
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

_encoder = msgspec.json.Encoder()


def is_postgres(using: str = "default") -> bool:
    """Tell whether the database behind `using` is PostgreSQL."""
    return connections[using].vendor == "postgresql"


def any_of(column: str, using: str = "default", *, kind: str = "bigint") -> str:
    """Return a condition `column is one of a list`, whose one parameter is `listed(values)`.

    `kind` is the PostgreSQL element type. One parameter, however long the list: SQLite's limit on
    the number of parameters never bites, and the statement stays prepared.
    """
    if is_postgres(using):
        return f"{column} = ANY(%s::{kind}[])"
    return f"{column} IN (SELECT value FROM json_each(%s))"  # noqa: S608 - a column's name


def listed(values: Iterable[Any], using: str = "default") -> Any:
    """Return the parameter that belongs to `any_of`."""
    if is_postgres(using):
        return list(values)
    return _encoder.encode(list(values)).decode()


def fetch(sql: str, params: Sequence[Any] = (), using: str = "default") -> list[tuple[Any, ...]]:
    """Run one query and return all its rows."""
    with connections[using].cursor() as cursor:
        cursor.execute(sql, params)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def run(sql: str, params: Sequence[Any] = (), using: str = "default") -> int:
    """Run one statement and return the number of rows it touched."""
    with connections[using].cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)


# From this many rows on COPY costs PostgreSQL a fraction of as many INSERTs.
MANY = 100
_PLAIN_INSERT = re.compile(
    r"\s*INSERT INTO (\w+)\s*\(([\w\s,]+)\)\s*VALUES\s*\((?:\s*%s\s*,)*\s*%s\s*\)\s*"
)


@lru_cache(maxsize=200)
def _copy_of(sql: str) -> str:
    """Return the COPY that does what a plain INSERT does, or "" where the statement is more than that."""
    told = _PLAIN_INSERT.fullmatch(sql)
    return f"COPY {told[1]} ({told[2]}) FROM STDIN" if told else ""


def run_many(sql: str, rows: Sequence[Sequence[Any]], using: str = "default") -> None:
    """Run one statement for each row of parameters, in one go."""
    if not rows:
        return
    copy = _copy_of(sql) if len(rows) >= MANY and is_postgres(using) else ""
    with connections[using].cursor() as cursor:
        if not copy:
            cursor.executemany(sql, rows)
            return
        with cursor.copy(copy) as stream:
            for row in rows:
                stream.write_row(row)


def connection_of(using: str = "default") -> BaseDatabaseWrapper:
    """Return this thread's connection to the database behind `using`."""
    return connections[using]
