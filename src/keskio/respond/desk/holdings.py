"""What the desk holds of people: what was written to them and not sent, and answers learnt of their cases."""

from __future__ import annotations

from typing import Any

from keskio.kernel.clock import Micros
from keskio.kernel.holdings import ROWS, Holding, Person, Rows
from keskio.kernel.sql import any_of, fetch, listed, run
from keskio.respond.inbox.holdings import cases_of


class Drafts(Rows):
    """What was written in a person's cases and not sent, also before anybody knew whose they were."""

    def _found(self) -> str:
        return f"({super()._found()} OR {any_of('case_id')})"

    def _params(self, person: Person) -> list[Any]:
        return [*super()._params(person), listed(cases_of(person))]


class PastAnswers(Rows):
    """Past answers of a person's cases, with the places of their words."""

    def __init__(self) -> None:
        super().__init__("desk_pastanswer")
        self.tables = (  # type: ignore[assignment]  # a sequence, as the shape of a holding says
            *("desk_pastanswer", "desk_posting"),
            *("desk_word", "desk_taken"),
        )

    def erase(self, person: Person, now: Micros) -> int:
        """Delete the answers, what leads to them, and let the words be counted without them."""
        mine = f"SELECT id FROM desk_pastanswer WHERE {any_of('customer_id')}"  # noqa: S608 - constants
        params: list[Any] = [listed(person.records)]
        counted = (
            f"SELECT word, COUNT(*) FROM desk_posting WHERE answer_id IN ({mine}) GROUP BY word"  # noqa: S608
        )
        for word, count in fetch(counted, params):
            run("UPDATE desk_word SET questions = questions - %s WHERE word = %s", (count, word))
        for table in ("desk_posting", "desk_taken"):
            run(f"DELETE FROM {table} WHERE answer_id IN ({mine})", params)  # noqa: S608 - constants
        return super().erase(person, now)


# Drafts are found by the cases of strangers too: they go before these.
HOLDINGS: tuple[Holding, ...] = (Drafts("desk_draft", stage=ROWS - 1), PastAnswers())
