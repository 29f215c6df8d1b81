"""What the inbox holds of people: their cases and what was said in them."""

from __future__ import annotations

from typing import Any

from keskio.kernel.clock import Micros
from keskio.kernel.holdings import FILES, ROWS, Holding, Person, Rows, mentioned, rows_of
from keskio.kernel.sql import any_of, fetch, listed, run
from keskio.respond.inbox.contracts import DONE
from keskio.respond.inbox.finding import ask_to_clean, clean_at_once, write_words

TABLES = ("inbox_entry", "inbox_case", "inbox_casewords")


class Words(Rows):
    """The words by which a person's cases are found; what erased ones leave in the index goes too."""

    def erase(self, person: Person, now: Micros) -> int:
        """Delete them, with what she said in others' cases, and let the index be cleaned."""
        gone = super().erase(person, now)
        whose = listed(person.records)
        mine = f"SELECT id FROM inbox_case WHERE {any_of('customer_id')}"  # noqa: S608 - constants
        said = f"{any_of('customer_id')} AND case_id NOT IN ({mine})"
        rows = fetch(f"SELECT DISTINCT case_id FROM inbox_entry WHERE {said}", (whose, whose))  # noqa: S608 - constants
        if rows:
            others = sorted(row[0] for row in rows)
            gone += run(f"DELETE FROM inbox_entry WHERE {said}", (whose, whose))  # noqa: S608 - constants
            run(f"UPDATE inbox_case SET preview = '' WHERE {any_of('id')}", (listed(others),))  # noqa: S608 - constants
            write_words(others)
        if gone:
            ask_to_clean()
        return gone


def cases_of(person: Person) -> list[int]:
    """Return the cases that are a person's.

    They are hers by her numbers; by the address that she gave when nobody knew her, in the chat or in
    public; and what nobody's was put into one of these.
    """
    found, params = mentioned(("address",), person.words)
    mine = f"{any_of('customer_id')} OR (customer_id = 0 AND {found})"
    rows = fetch(f"SELECT id FROM inbox_case WHERE {mine}", (listed(person.records), *params))  # noqa: S608 - constants
    cases = new = [row[0] for row in rows]
    while new:
        into = f"customer_id = 0 AND {any_of('merged_into')}"
        rows = fetch(f"SELECT id FROM inbox_case WHERE {into} ORDER BY id", (listed(new),))  # noqa: S608 - constants
        new = sorted({row[0] for row in rows} - set(cases))
        cases = [*cases, *new]
    return cases


class Cases(Rows):
    """A person's cases; those of others that had been put into them stand on their own again."""

    def erase(self, person: Person, now: Micros) -> int:
        """Delete them, and let go of what was put into them."""
        mine = f"SELECT id FROM inbox_case WHERE {any_of('customer_id')}"  # noqa: S608 - constants
        whose = listed(person.records)
        run(
            f"UPDATE inbox_case SET merged_into = NULL, place = %s WHERE merged_into IN ({mine})"  # noqa: S608 - constants
            f" AND NOT {any_of('customer_id')}",
            (DONE, whose, whose),
        )
        return super().erase(person, now)


class Strangers:
    """Cases of somebody whom nobody knew: see `cases_of`. They go before those that lead to them."""

    key = "inbox_strangers"
    stage = ROWS - 1
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
        nobodys = f"SELECT id FROM inbox_case WHERE customer_id = 0 AND {any_of('id')} ORDER BY id"  # noqa: S608 - constants
        return [row[0] for row in fetch(nobodys, (listed(cases_of(person)),))]


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
    *(Rows("inbox_entry"), Cases("inbox_case"), Words("inbox_casewords")),
    Strangers(),
    LeftInIndex(),
)
