"""Values as SQL that DuckDB reads, and Spark after translation."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from keskio.engine.times import EPOCH, SECOND


def text(value: str) -> str:
    """Return a text in quotes."""
    return "'" + value.replace("'", "''") + "'"


def number(value: float) -> str:
    """Return a number as the double that it is: a literal with a point would be a decimal."""
    return f"CAST('{float(value)!r}' AS DOUBLE)"


def flag(value: bool) -> str:
    """Return a flag."""
    return "TRUE" if value else "FALSE"


def instant(at: int) -> str:
    """Return an instant in microseconds as TIMESTAMPTZ."""
    moment = EPOCH + timedelta(microseconds=at)
    return f"TIMESTAMPTZ '{moment:%Y-%m-%d %H:%M:%S.%f}+00:00'"


def interval(length: int) -> str:
    """Return a length of whole seconds, given in microseconds."""
    return f"INTERVAL '{length // SECOND}' SECOND"


def listed(values: Iterable[str]) -> str:
    """Return literals as the list that IN takes."""
    return f"({', '.join(values)})"
