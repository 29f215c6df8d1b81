"""What is held of people here: who was asked what, and what they answered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from keskio.kernel.clock import Micros
from keskio.kernel.holdings import Holding, Person, Rows, rows_of
from keskio.kernel.sql import any_of, listed, run

FOUND = "response_id IN (SELECT id FROM surveys_response WHERE {whose})"


class Scores:
    """The scores of a person's responses; they go with the responses, and before them."""

    key = "surveys_score"
    stage = 5
    tables: Sequence[str] = ("surveys_score",)

    def export(self, person: Person) -> list[dict[str, Any]]:
        """Return the rows, oldest first."""
        found = FOUND.format(whose=any_of("customer_id"))
        return rows_of(f"SELECT * FROM surveys_score WHERE {found} ORDER BY id", self._of(person))  # noqa: S608 - constants

    def erase(self, person: Person, now: Micros) -> int:  # noqa: ARG002 - a holding's shape
        """Delete the rows."""
        found = FOUND.format(whose=any_of("customer_id"))
        return run(f"DELETE FROM surveys_score WHERE {found}", self._of(person))  # noqa: S608 - constants

    def _of(self, person: Person) -> list[Any]:
        return [listed(person.records)]


HOLDINGS: tuple[Holding, ...] = (
    Scores(),
    Rows("surveys_response"),
    # Who was asked and who was not is counted: the books stay, without the person.
    Rows("surveys_invitation", kept={"step": ""}),
)
