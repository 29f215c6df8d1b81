"""Files on their way in: kept in the data folder while they are mapped, taken in by the worker, deleted.

The place in the file is saved in the transaction of the messages before it, and messages are known by
their ids: stopping anywhere loses and doubles nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from keskio.kernel.clock import Micros, from_micros, now, now_micros
from keskio.kernel.errors import Mistake
from keskio.kernel.ids import new_token
from keskio.listen.actions import take_in
from keskio.listen.sources.actions import count_in
from keskio.listen.sources.mapping import Made, Making, check_mapping, posts_of, suggested
from keskio.listen.sources.models import Source, Upload
from keskio.listen.sources.tables import Table, table_of

FOLDER = "mention-files"
AT_ONCE = 1000
FAULTS_KEPT = 50
PREVIEW = 8


def keep_file(source: int, *, name: str, raw: bytes, by: str) -> int:
    """Keep a file for a source, with the likely meaning of its columns; raises Mistake."""
    table = table_of(raw)
    mapping, whose = suggested(table.names)
    folder = Path(settings.DATA_DIR) / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / new_token()
    path.write_bytes(raw)
    path.chmod(0o600)
    shape = {"kind": table.kind, "encoding": table.encoding, "names": table.names, "whose": whose}
    upload = Upload.objects.create(
        source_id=source,
        name=name[:200],
        path=str(path),
        shape={**shape, "rows": len(table.rows)},
        mapping=mapping,
        made_by=by,
        created_at=now(),
    )
    return int(upload.pk)


def tried(upload: Upload, mapping: dict[str, str]) -> Made:
    """Return what the whole file would bring with a mapping; stores nothing. Raises Mistake."""
    table = table_of(_bytes_of(upload))
    kept = check_mapping(mapping, table.names)
    return posts_of(table.rows, _making(upload, kept), first=1)


def begin(number: int, mapping: dict[str, str]) -> None:
    """Let the worker take a file in; raises Mistake when the mapping cannot work."""
    with transaction.atomic():
        upload = Upload.objects.select_for_update().get(pk=number)
        if upload.state != Upload.State.DRAFT:
            return
        upload.mapping = check_mapping(mapping, upload.shape.get("names", []))
        upload.state = Upload.State.RUNNING
        upload.save(update_fields=["mapping", "state"])


def drop(number: int) -> None:
    """Forget a file that was not taken in."""
    upload = Upload.objects.filter(pk=number).exclude(state=Upload.State.RUNNING).first()
    if upload is not None:
        _delete_file(upload)
        upload.delete()


class Uploads:
    """The job that takes files in, a thousand rows a turn."""

    name = "mention files"

    def __init__(self) -> None:
        self._open: tuple[int, Table] | None = None

    def turn(self, now: Micros) -> bool:
        """Take the next rows of the oldest file that waits; True when there may be more."""
        upload = Upload.objects.filter(state=Upload.State.RUNNING).order_by("id").first()
        if upload is None:
            self._open = None
            return False
        try:
            table = self._table_of(upload)
        except Mistake as mistake:
            _end(upload, Upload.State.FAILED, mistake.message)
            return True
        with transaction.atomic():
            _take_rows(upload, table, now)
        if upload.place >= len(table.rows):
            _end(upload, Upload.State.DONE)
        return True

    def _table_of(self, upload: Upload) -> Table:
        if self._open is None or self._open[0] != upload.pk:
            self._open = (upload.pk, table_of(_bytes_of(upload)))
        return self._open[1]


def _take_rows(upload: Upload, table: Table, at: Micros) -> None:
    rows = table.rows[upload.place : upload.place + AT_ONCE]
    made = posts_of(rows, _making(upload, upload.mapping), first=upload.place + 1)
    new = take_in(made.posts)
    counts: dict[str, Any] = upload.counts
    upload.counts = {
        "new": counts.get("new", 0) + new,
        "known": counts.get("known", 0) + len(made.posts) - new,
        "empty": counts.get("empty", 0) + made.empty,
        "faults": counts.get("faults", 0) + len(made.faults),
    }
    upload.faults = [*upload.faults, *made.faults][:FAULTS_KEPT]
    upload.place += len(rows)
    upload.save(update_fields=["counts", "faults", "place"])
    source = Source.objects.select_for_update().defer("secrets").get(pk=upload.source_id)
    count_in(source, new, at=at)
    source.well_at = from_micros(at)
    source.save(update_fields=["post_at", "well_at", "counted_on", "today", "total"])


def _making(upload: Upload, mapping: dict[str, str]) -> Making:
    source = upload.source
    return Making(
        source=source.key,
        channel=source.settings.get("channel") or "review",
        mapping=mapping,
        zone=timezone.get_default_timezone(),
        now=now_micros(),
        language=source.settings.get("language", ""),
    )


def _bytes_of(upload: Upload) -> bytes:
    try:
        return Path(upload.path).read_bytes()
    except OSError:
        raise Mistake("The file is not here any more: bring it again.") from None


def _end(upload: Upload, state: Upload.State, sentence: str = "") -> None:
    if sentence:
        upload.faults = [[0, sentence]]
    upload.state, upload.ended_at = state, now()
    upload.save(update_fields=["state", "ended_at", "faults"])
    _delete_file(upload)


def _delete_file(upload: Upload) -> None:
    Path(upload.path).unlink(missing_ok=True) if upload.path else None
    Upload.objects.filter(pk=upload.pk).update(path="")
