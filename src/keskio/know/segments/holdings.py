"""What the wing holds of people: memberships, stages, and how they have moved between those."""

from __future__ import annotations

from typing import Any

from keskio.kernel.clock import Micros
from keskio.kernel.holdings import ROWS, Person, Rows
from keskio.know.segments.changing import forget

TABLES = ("segments_membership", "segments_stageof", "segments_move")


class Belonging:
    """Rows that say where somebody belongs; they go, and the counts of members with them."""

    key = "segments.belonging"
    stage = ROWS
    tables = TABLES

    def export(self, person: Person) -> list[dict[str, Any]]:
        """Return the rows of each table, oldest first."""
        return [row for table in TABLES for row in Rows(table).export(person)]

    def erase(self, person: Person, now: Micros) -> int:  # noqa: ARG002 - a holding's shape
        """Delete the rows; return how many they were."""
        return forget(person.records)


HOLDINGS = (Belonging(),)
