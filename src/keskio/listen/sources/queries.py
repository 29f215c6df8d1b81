"""Reads of the wing's tables. Lists never load secrets; what collects does."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet

from keskio.channels.contracts import Secrets
from keskio.kernel.clock import Micros
from keskio.kernel.sql import any_of, fetch, listed
from keskio.listen.sources import models
from keskio.listen.sources.contracts import Source

MOST_RECENT = 1000
RECENT = """
    SELECT source_id FROM listen_mention WHERE source = %s AND at >= %s AND state <> 'gone'
    ORDER BY at DESC LIMIT %s
"""


def sources() -> QuerySet[models.Source]:
    """Return the sources for a page, without their secrets."""
    return models.Source.objects.defer("secrets", "cursor")


def source_by_id(number: int) -> Source | None:
    """Return one source with its secrets, or None."""
    row = models.Source.objects.filter(pk=number).first()
    return None if row is None else source_of(row)


def source_by_key(key: str) -> Source | None:
    """Return one source with its secrets, or None."""
    row = models.Source.objects.filter(key=key).first()
    return None if row is None else source_of(row)


def source_of(row: models.Source) -> Source:
    """Return a row as the kinds see it."""
    return Source(
        id=row.pk,
        key=row.key,
        kind=row.kind,
        name=row.name,
        settings=row.settings,
        secrets=Secrets(row.secrets),
        cursor=row.cursor,
        revision=row.revision,
    )


def wanted_sources(kinds: Sequence[str]) -> list[tuple[int, int, Micros]]:
    """Return (id, revision, when it is due) of all sources of `kinds` that are not paused."""
    is_kind = any_of("kind", kind="text")
    sql = f"SELECT id, revision, next_at FROM sources_source WHERE {is_kind} AND NOT is_paused"  # noqa: S608 - constants
    return [(int(pk), int(revision), int(at)) for pk, revision, at in fetch(sql, (listed(kinds),))]


def recent_ids(key: str, since: Micros) -> list[str]:
    """Return the ids of a source's messages written since an instant that still have a text, newest first."""
    return [str(row[0]) for row in fetch(RECENT, (key, since, MOST_RECENT))]
