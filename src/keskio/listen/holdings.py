"""What is held of people here: what they wrote, by customer and by the accounts that are theirs."""

from __future__ import annotations

from typing import Any

from keskio.kernel.clock import Micros
from keskio.kernel.holdings import ROWS, Holding, Person, rows_of
from keskio.kernel.sql import any_of, fetch, listed, run


class Heard:
    """Mentions whose writer is the person: known as a customer, or by a hash of an account of theirs.

    The texts go; the row stays without its writer, so that a source that tells of the same message again
    does not bring it back.
    """

    key = "listen_mention"
    stage = ROWS
    tables = (
        "listen_mention",
        "listen_mentiontheme",
        "listen_mentionemotion",
        "listen_writerdecision",
    )

    def export(self, person: Person) -> list[dict[str, Any]]:
        """Return what the person has written, and what was read in it, oldest first."""
        found, params = _of(person)
        return [
            *rows_of(f"SELECT * FROM listen_mention WHERE {found} ORDER BY id", params),  # noqa: S608 - constants
            *rows_of(f"SELECT * FROM listen_writerdecision WHERE {found} ORDER BY id", params),  # noqa: S608 - constants
        ]

    def erase(self, person: Person, now: Micros) -> int:
        """Take the texts and the person away."""
        from keskio.listen.actions import ERASED, take_texts_away  # noqa: PLC0415 - models are ready only now

        found, params = _of(person)
        decided = run(f"DELETE FROM listen_writerdecision WHERE {found}", params)  # noqa: S608 - constants
        ids = [row[0] for row in fetch(f"SELECT id FROM listen_mention WHERE {found}", params)]  # noqa: S608 - constants
        if not ids:
            return decided
        take_texts_away(ids, why=ERASED, at=now)
        sql = f"UPDATE listen_mention SET customer_id = 0, author_key = '' WHERE {any_of('id')}"  # noqa: S608 - constants
        return decided + run(sql, (listed(ids),))


def _of(person: Person) -> tuple[str, list[Any]]:
    from keskio.listen.actions import author_key_of  # noqa: PLC0415 - models are ready only now

    keys = [author_key_of(kind, value) for kind, value in person.identifiers]
    found = f"({any_of('customer_id')} OR {any_of('author_key', kind='text')})"
    return found, [listed(person.records), listed([key for key in keys if key])]


HOLDINGS: tuple[Holding, ...] = (Heard(),)
