"""What is held of people here: how things were put right. Sums stay in the books without the person."""

from __future__ import annotations

from typing import Any

from keskio.kernel.clock import Micros
from keskio.kernel.holdings import ROWS, Holding, Person, Rows, rows_of
from keskio.kernel.sql import any_of, listed, run

THEIRS = "run_id IN (SELECT id FROM recovery_planrun WHERE {customers}) AND note <> ''"


class StepNotes:
    """What staff noted at the steps of a plan: emptied before the plan's run forgets whose it was."""

    key = "recovery.notes"
    stage = ROWS
    tables = ("recovery_runstep",)

    def export(self, person: Person) -> list[dict[str, Any]]:
        """Return the steps with a note, oldest first."""
        where = THEIRS.format(customers=any_of("customer_id"))
        sql = f"SELECT * FROM recovery_runstep WHERE {where} ORDER BY id"  # noqa: S608 - constants
        return rows_of(sql, (listed(person.records),))

    def erase(self, person: Person, now: Micros) -> int:  # noqa: ARG002 - a holding's shape
        """Empty the notes."""
        where = THEIRS.format(customers=any_of("customer_id"))
        sql = f"UPDATE recovery_runstep SET note = '' WHERE {where}"  # noqa: S608 - constants
        return run(sql, (listed(person.records),))


HOLDINGS: tuple[Holding, ...] = (
    StepNotes(),
    Rows("recovery_compensation", kept={"code": "", "coupon_id": None}),
    Rows("recovery_planrun", kept={"why": "[]"}),
)
