"""What the desk holds of people: what was written to them and not sent, and answers learnt of their cases."""

from __future__ import annotations

from typing import Any

from keskio.kernel.clock import Micros
from keskio.kernel.holdings import Holding, Person, Rows
from keskio.kernel.sql import any_of, fetch, listed, run


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


HOLDINGS: tuple[Holding, ...] = (Rows("desk_draft"), PastAnswers())
