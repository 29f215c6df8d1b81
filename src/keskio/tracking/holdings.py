"""What comes in and names people: raw requests in the spool, and what was set aside in quarantine."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from keskio.events.api import cursor_of
from keskio.kernel.clock import Micros
from keskio.kernel.holdings import Mentions, NotYet, Person, rows_of
from keskio.kernel.sql import any_of, fetch, is_postgres, listed, run

INTAKE = "intake"


class RawRequests:
    """Requests as they came in: those that name the person, and those by which they did something.

    Requests are read into the log before they go, because others may stand in them too; until then
    this waits. What is found by its moment may hold neighbours' events as well: they are in the log.
    """

    key = "events_spooled"
    stage = 10
    tables = ("events_spooled",)

    def export(self, person: Person) -> list[dict[str, Any]]:
        """Return the requests that name the person."""
        found, params = self._naming(person)
        sql = f"SELECT id, kind, received_at, meta, body FROM events_spooled WHERE {found}"  # noqa: S608 - constants
        return rows_of(sql, params, settings.SPOOL_ALIAS)

    def erase(self, person: Person, now: Micros) -> int:  # noqa: ARG002 - a holding's shape
        """Delete the requests that have been taken into the log."""
        spool = settings.SPOOL_ALIAS
        naming, params = self._naming(person)
        at = any_of("received_at", spool)
        found = f"({naming} OR {at})"
        taken = cursor_of(INTAKE)
        told = (*params, listed(person.moments, spool), taken)
        gone = run(f"DELETE FROM events_spooled WHERE {found} AND id <= %s", told, spool)  # noqa: S608 - constants
        sql = f"SELECT count(*) FROM events_spooled WHERE {naming} AND id > %s"  # noqa: S608 - constants
        if not gone and fetch(sql, (*params, taken), spool)[0][0]:
            raise NotYet("requests that have not been taken in")
        return gone

    def _naming(self, person: Person) -> tuple[str, list[Any]]:
        if is_postgres(settings.SPOOL_ALIAS):
            tests = ["(position(%s::bytea IN body) > 0 OR position(%s IN lower(meta)) > 0)"]
        else:
            tests = ["(instr(body, CAST(%s AS BLOB)) > 0 OR instr(lower(meta), %s) > 0)"]
        words = sorted({form for word in person.words for form in (word, *_cased(person, word))})
        if not words:
            return "(1 = 0)", []
        binary = is_postgres(settings.SPOOL_ALIAS)
        params = [p for w in words for p in (w.encode() if binary else w, w)]
        return "(" + " OR ".join(tests * len(words)) + ")", params


def _cased(person: Person, word: str) -> list[str]:
    """Return the forms in which an identifier was written, where these were not all small letters."""
    return [value for _, value in person.identifiers if value.lower() == word and value != word]


HOLDINGS = (
    RawRequests(),
    Mentions("tracking_quarantined", columns=("item", "meta", "message_id", "sentence")),
)
