"""What the inbox holds of people: their cases and what was said in them."""

from __future__ import annotations

from typing import Any

from keskio.kernel.clock import Micros
from keskio.kernel.holdings import FILES, ROWS, Holding, Person, Rows, mentioned, rows_of
from keskio.kernel.sql import any_of, fetch, listed, run
from keskio.respond.inbox.finding import ask_to_clean, clean_at_once

TABLES = ("inbox_entry", "inbox_case", "inbox_casewords")


class Words(Rows):
    """The words by which a person's cases are found; what erased ones leave in the index goes too."""

    def erase(self, person: Person, now: Micros) -> int:
        """Delete them, and let the index be cleaned."""
        gone = super().erase(person, now)
        if gone:
            ask_to_clean()
        return gone


class Strangers:
    """Cases of somebody whom nobody knew, found by the address that she gave: in the chat, or in public."""

    key = "inbox_strangers"
    stage = ROWS
    tables = TABLES

    def export(self, person: Person) -> list[dict[str, Any]]:
        """Return the cases and their entries."""
        cases = self._cases(person)
        found = [rows_of(f"SELECT * FROM inbox_case WHERE {any_of('id')}", (listed(cases),))]  # noqa: S608 - constants
        found += [rows_of(f"SELECT * FROM inbox_entry WHERE {any_of('case_id')}", (listed(cases),))]  # noqa: S608 - constants
        return [row for rows in found for row in rows]

    def erase(self, person: Person, now: Micros) -> int:  # noqa: ARG002 - a holding's shape
        """Delete them."""
        cases = self._cases(person)
        if cases:
            for table, column in zip(TABLES, ("case_id", "id", "case_id"), strict=True):
                run(f"DELETE FROM {table} WHERE {any_of(column)}", (listed(cases),))  # noqa: S608 - constants
            ask_to_clean()
        return len(cases)

    def _cases(self, person: Person) -> list[int]:
        found, params = mentioned(("address",), person.words)
        sql = f"SELECT id FROM inbox_case WHERE customer_id = 0 AND {found}"  # noqa: S608 - constants
        return [row[0] for row in fetch(sql, params)]


class LeftInIndex:
    """What deleted words have left in SQLite's index of words: an erasure ends only when that is gone too."""

    key = "inbox_words_left"
    stage = FILES
    tables: tuple[str, ...] = ()

    def export(self, person: Person) -> list[dict[str, Any]]:  # noqa: ARG002 - a holding's shape
        """Return nothing: the words stand in the entries."""
        return []

    def erase(self, person: Person, now: Micros) -> int:  # noqa: ARG002 - a holding's shape
        """Clean the index where that was asked for."""
        clean_at_once()
        return 0


# Timings hold no person: they stay as figures.
HOLDINGS: tuple[Holding, ...] = (
    *(Rows("inbox_entry"), Rows("inbox_case"), Words("inbox_casewords")),
    Strangers(),
    LeftInIndex(),
)
