"""Writes to the wing's tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from keskio.kernel.clock import Micros, from_micros, now, now_micros
from keskio.kernel.errors import Mistake
from keskio.kernel.sql import run
from keskio.listen.actions import take_in
from keskio.listen.sources import models
from keskio.listen.sources.contracts import Haul, Kind, Source
from keskio.listen.sources.faults import told_of
from keskio.listen.sources.registry import kind_of

FAULTS_KEPT = 20
SAVED = ["cursor", "left_out", "well_at", "fault", "post_at", "counted_on", "today", "total"]
FORGET = """
    DELETE FROM sources_fault WHERE source_id = %s AND id NOT IN (
        SELECT id FROM (
            SELECT id FROM sources_fault WHERE source_id = %s ORDER BY id DESC LIMIT %s) AS kept)
"""


class Changed(Exception):
    """The source was changed, paused or removed since it was read."""


def add_source(
    *,
    kind: str,
    name: str,
    settings: Mapping[str, str],
    secrets: Mapping[str, str] | None = None,
    made_by: str = "",
    paused: bool = False,
) -> int:
    """Store a new source and return its id; raises Mistake when its settings cannot work."""
    found = kind_of(kind)
    shown, hidden = settled(found, settings, secrets or {})
    with transaction.atomic():
        row = models.Source.objects.create(
            kind=kind,
            key=f"{kind}-new-{now_micros()}",
            name=name,
            settings=shown,
            secrets=hidden,
            is_paused=paused,
            made_by=made_by,
            created_at=now(),
        )
        row.key = f"{kind}-{row.pk}"
        row.save(update_fields=["key"])
    return int(row.pk)


def change_source(
    number: int, *, name: str, settings: Mapping[str, str], secrets: Mapping[str, str]
) -> None:
    """Change a source; a secret given empty stays. A stream under way begins anew with the new settings.

    Where something else is listened to from now on, the cursor begins anew too. Raises Mistake.
    """
    with transaction.atomic():
        row = models.Source.objects.select_for_update().get(pk=number)
        kept = {**row.secrets, **{key: value for key, value in secrets.items() if value}}
        shown, hidden = settled(kind_of(row.kind), settings, kept)
        if shown.get("url") != row.settings.get("url"):
            row.cursor = {}
        row.name, row.settings, row.secrets = name, shown, hidden
        row.revision += 1
        row.next_at, row.failures, row.fault = from_micros(0), 0, {}
        row.save()


def settled(
    kind: Kind, settings: Mapping[str, str], secrets: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the shown and the secret settings of a kind, checked; raises Mistake."""
    shown: dict[str, str] = {}
    hidden: dict[str, str] = {}
    for field in kind.settings:
        given = secrets if field.kind == "secret" else settings
        value = str(given.get(field.name, "") or field.default).strip()
        if field.required and not value:
            raise Mistake(f"The setting {field.name!r} of {kind.key!r} is missing.")
        (hidden if field.kind == "secret" else shown)[field.name] = value
    for name, value in secrets.items():  # what a kind made for itself
        hidden.setdefault(name, value)
    kind.check(Source(id=0, key="", kind=kind.key, name="", settings={**shown, **hidden}))
    return shown, hidden


def pause_source(number: int) -> None:
    """Listen to a source no more, until it is resumed; its place is kept."""
    models.Source.objects.filter(pk=number).update(is_paused=True)


def resume_source(number: int) -> None:
    """Listen to a source again, from where it was left."""
    models.Source.objects.filter(pk=number).update(is_paused=False, next_at=0, failures=0)


def try_now(number: int) -> None:
    """Let the next look at a source be now, whatever it waits for."""
    models.Source.objects.filter(pk=number).update(next_at=0)


def remove_source(number: int) -> None:
    """Remove a source with its secrets and faults; the mentions that it brought stay."""
    models.Source.objects.filter(pk=number).delete()


def save_haul(source: Source, haul: Haul) -> int:
    """Store what was brought and the cursor behind it, in one transaction; return how many were new.

    Raises Changed, and stores nothing, when the source is not any more what it was when `source` was read.
    """
    at = now_micros()
    with transaction.atomic():
        new = take_in(haul.posts, haul.gone) if haul.posts or haul.gone else 0
        rows = models.Source.objects.select_for_update().filter(
            pk=source.id, revision=source.revision, is_paused=False
        )
        row = rows.defer("secrets").first()
        if row is None:
            raise Changed
        count_in(row, new, at=at)
        row.cursor = dict(haul.cursor)
        row.left_out += haul.left_out
        row.well_at, row.fault = from_micros(at), {}
        row.save(update_fields=SAVED)
        if haul.faults:
            told = [told_of("post", place=source.name, said=said) for said in haul.faults]
            note_faults(source.id, told, at=at)
    return new


def count_in(row: models.Source, new: int, *, at: Micros) -> None:
    """Count `new` messages of today on a row that the caller saves."""
    today = timezone.localdate(from_micros(at)).isoformat()
    if row.counted_on != today:
        row.counted_on, row.today = today, 0
    row.today += new
    row.total += new
    if new:
        row.post_at = from_micros(at)


def note_trouble(
    source: Source, told: Mapping[str, Any], *, next_at: Micros, failures: int
) -> None:
    """Keep what went wrong, and when the source is tried again; nothing when it was changed meanwhile."""
    at = now_micros()
    with transaction.atomic():
        rows = models.Source.objects.filter(pk=source.id, revision=source.revision)
        if rows.update(fault=dict(told), fault_at=at, next_at=next_at, failures=failures):
            note_faults(source.id, [told], at=at)


def note_faults(number: int, told: Sequence[Mapping[str, Any]], *, at: Micros) -> None:
    """Keep faults of a source, and forget all but its last twenty."""
    models.Fault.objects.bulk_create(
        [models.Fault(source_id=number, at=from_micros(at), told=dict(one)) for one in told]
    )
    run(FORGET, (number, number, FAULTS_KEPT))


def rest_until(source: Source, next_at: Micros) -> None:
    """Keep when a source that was read to its end is looked at next."""
    models.Source.objects.filter(pk=source.id, revision=source.revision).update(
        next_at=next_at, failures=0
    )
