"""The report of a file: which cells and rows could not be taken, why, and how to mend them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from keskio.kernel.sql import fetch
from keskio.know.imports.words import sentence_of

SLICE = 2000
_FAULTS = """
    SELECT id, "row", "column", value, reason FROM imports_fault
    WHERE job_id = %s AND id > %s ORDER BY id LIMIT %s
"""
_RISKY = ("=", "+", "-", "@", "\t", "\r")


def fault_rows(job: int) -> Iterator[tuple[int, str, str, str]]:
    """Yield the faults of an import in their order: row, column, value, what is wrong."""
    after = 0
    while rows := fetch(_FAULTS, (job, after, SLICE)):
        for after, row, column, value, reason in rows:  # noqa: B007 - the last one is where to go on
            yield row, column, value, sentence_of(reason)


def report_csv(rows: Iterable[tuple[int, str, str, str]]) -> Iterator[str]:
    """Yield the lines of a CSV for Excel: with a mark of UTF-8, semicolons, and no cell a formula."""
    yield "\ufeff" + _line((_("Row"), _("Column"), _("Value"), _("What is wrong")))
    for row, column, value, sentence in rows:
        yield _line((str(row), _plain(column), _plain(value), sentence))


def _plain(text: str) -> str:
    return "'" + text if text.startswith(_RISKY) else text


def _line(cells: Iterable[str]) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerow(cells)
    return out.getvalue()
