"""Empties the tables after a test that commits: only those in which something is.

Django's own way empties every table of every database and then makes content types and permissions
anew, which costs several times what most tests do.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import TransactionTestCase

# What migrations make and no test changes.
KEPT = frozenset({"django_migrations", "django_content_type", "auth_permission"})
# Rows' numbers begin after this one. A set of the small numbers from 1 on is gone through in their order,
# so that code which forgets to sort would look right until its numbers are others; of 7, 8, 9 it is not.
LAST_NUMBER = 6


def empty_quickly() -> None:
    """From now on tests that commit leave empty tables behind by `empty`."""
    TransactionTestCase._fixture_teardown = _teardown  # type: ignore[attr-defined]


def _teardown(case: TransactionTestCase) -> None:
    for alias in case._databases_names(include_mirrors=False):  # type: ignore[attr-defined]
        empty(connections[alias])


def empty(connection: BaseDatabaseWrapper) -> None:
    """Delete every row of every table, but what migrations have made."""
    tables = _tables_of(connection.alias)
    if not tables:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            " UNION ALL ".join(
                f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM \"{table}\")" for table in tables
            )
        )
        filled = [row[0] for row in cursor.fetchall()]
    if not filled:
        return
    on_postgres = connection.vendor == "postgresql"
    off, on = (
        ("SET session_replication_role = replica", "SET session_replication_role = DEFAULT")
        if on_postgres
        else ("PRAGMA foreign_keys = OFF", "PRAGMA foreign_keys = ON")
    )
    with connection.cursor() as cursor:
        cursor.execute(off)  # rows that refer to each other go in any order
        cursor.execute("BEGIN")
        for table in filled:
            cursor.execute(f'DELETE FROM "{table}"')
        for statement in _numbers_anew(connection, filled):
            cursor.execute(statement)
        cursor.execute("COMMIT")
        cursor.execute(on)


def _numbers_anew(connection: BaseDatabaseWrapper, filled: Sequence[str]) -> list[str]:
    """Return statements after which slices by number begin near the first row again.

    Versions keep their numbers for ever, for a process remembers their programs by them.
    """
    if connection.vendor != "postgresql":
        return [f"UPDATE sqlite_sequence SET seq = {LAST_NUMBER} WHERE name <> 'talk_version'"]
    return _set_back(_counted_of(connection.alias).intersection(filled))


def begin_again(alias: str) -> None:
    """Let rows be numbered from where they were at first also after tests that were rolled back.

    On PostgreSQL a number that was given is not given again, so that a test would see where those
    before it in its process have left off.
    """
    connection = connections[alias]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for statement in _set_back(_counted_of(alias)):
                cursor.execute(statement)


def _set_back(tables: Collection[str]) -> list[str]:
    named = ", ".join(
        f"setval(pg_get_serial_sequence('\"{table}\"', 'id'), {LAST_NUMBER})"
        for table in sorted(tables)
        if table != "talk_version"
    )
    return [f"SELECT {named}"] if named else []


def begin_later() -> None:
    """Let the rows of tables in which nothing is yet be numbered from LAST_NUMBER on."""
    for alias in connections:
        connection = connections[alias]
        with connection.cursor() as cursor:
            for table in sorted(_counted_of(alias)):
                cursor.execute(f'SELECT count(*) FROM "{table}"')
                if cursor.fetchone()[0]:
                    continue
                if connection.vendor == "postgresql":
                    cursor.execute(
                        f"SELECT setval(pg_get_serial_sequence('\"{table}\"', 'id'), {LAST_NUMBER})"
                    )
                else:
                    cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])
                    cursor.execute(
                        "INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)",
                        [table, LAST_NUMBER],
                    )


@cache
def _counted_of(alias: str) -> frozenset[str]:
    """Return the tables whose rows the database numbers."""
    with connections[alias].cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.columns"
            " WHERE table_schema = 'public' AND column_name = 'id' AND is_identity = 'YES'"
            if connections[alias].vendor == "postgresql"
            else "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%AUTOINCREMENT%'"
        )
        return frozenset(row[0] for row in cursor.fetchall())


@cache
def _tables_of(alias: str) -> tuple[str, ...]:
    found = connections[alias].introspection.django_table_names(only_existing=True)
    return tuple(sorted(set(found) - KEPT))
