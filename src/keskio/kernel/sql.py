"""The few words in which SQLite and PostgreSQL differ, for set-wise statements of hot paths."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain
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


def storable(text: str) -> str:
    """Return `text` as both databases keep it: PostgreSQL has no NUL, and halves of pairs are no text."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


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


# From this many rows on plain INSERTs and UPDATEs are written many at once: by COPY and from arrays, which
# costs PostgreSQL a fraction, or in INSERTs of so many rows, which halves the cost on SQLite.
MANY = 100
_PLAIN_INSERT = re.compile(
    r"(\s*INSERT INTO (\w+)\s*\(([\w\s,]+)\)\s*VALUES\s*)(\((?:\s*%s\s*,)*\s*%s\s*\))\s*"
)
_PLAIN_UPDATE = re.compile(
    r"\s*UPDATE (\w+)\s+SET\s+([^()]+?)\s+WHERE (\w+) = %s(\s+AND [^%]+)?\s*"
)
_SETTING = re.compile(r"\s*(\w+)\s*=\s*(%s|[^%]+?)\s*")
KINDS = """
    SELECT attname, format_type(atttypid, NULL) FROM pg_attribute
    WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped
"""


@lru_cache(maxsize=200)
def _for_many(sql: str) -> tuple[str, str]:
    """Return the COPY and the INSERT of MANY rows that do what `sql` does; "" if it is no plain INSERT."""
    told = _PLAIN_INSERT.fullmatch(sql)
    if told is None:
        return "", ""
    insert, table, columns, row = told.groups()
    return f"COPY {table} ({columns}) FROM STDIN", insert + ",".join([row] * MANY)


@lru_cache(maxsize=200)
def _from_arrays(sql: str, using: str) -> str:
    """Return the UPDATE that does for arrays what `sql` does for a row; "" if it is no plain UPDATE.

    Its parameters are the columns of the rows. For PostgreSQL.
    """
    told = _PLAIN_UPDATE.fullmatch(sql)
    if told is None:
        return ""
    table, settings, key, condition = told.groups()
    parts = [_SETTING.fullmatch(setting) for setting in settings.split(",")]
    columns = [part[1] for part in parts if part is not None and part[2] == "%s"]
    if None in parts or not columns or key in columns or "SELECT" in (condition or "").upper():
        return ""  # among them what one row changes for the next
    # Without lengths: casting to varchar(3) would cut a longer text, which is to be an error.
    kinds = dict(fetch(KINDS, (table,), using))
    arrays = ", ".join(f"%s::{kinds[name]}[]" for name in (*columns, key))
    names = ", ".join(f"_{name}" for name in (*columns, key))
    changes = ", ".join(
        f"{part[1]} = given._{part[1]}" if part[2] == "%s" else part[0] for part in parts if part
    )
    return (
        f"UPDATE {table} SET {changes} FROM unnest({arrays}) AS given({names})"  # noqa: S608 - constants
        f" WHERE {table}.{key} = given._{key}{condition or ''}"
    )


def run_many(sql: str, rows: Sequence[Sequence[Any]], using: str = "default") -> None:
    """Run one statement for each row of parameters, in one go and in their order."""
    if not rows:
        return
    is_many, on_postgres = len(rows) >= MANY, is_postgres(using)
    copy, insert = _for_many(sql) if is_many else ("", "")
    update = _from_arrays(sql, using) if is_many and on_postgres and not copy else ""
    if update and len({row[-1] for row in rows}) < len(rows):
        update = ""  # of two changes of one row the later is to stay
    with connections[using].cursor() as cursor:
        if copy and on_postgres:
            with cursor.copy(copy) as stream:
                for row in rows:
                    stream.write_row(row)
            return
        if update:
            cursor.execute(update, [list(column) for column in zip(*rows, strict=True)])
            return
        if insert:
            whole = len(rows) - len(rows) % MANY
            slices = (rows[at : at + MANY] for at in range(0, whole, MANY))
            cursor.executemany(insert, [list(chain.from_iterable(part)) for part in slices])
            rows = rows[whole:]
        if rows:
            cursor.executemany(sql, rows)


def connection_of(using: str = "default") -> BaseDatabaseWrapper:
    """Return this thread's connection to the database behind `using`."""
    return connections[using]
