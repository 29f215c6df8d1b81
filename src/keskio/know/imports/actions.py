"""Writes of the wing: files that come, are mapped, tried out, run, stopped, and erased in time."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import timedelta
from hashlib import blake2b
from pathlib import Path

import msgspec
from django.conf import settings
from django.db import transaction
from django.db.models import Q

from keskio.jobs.api import wake
from keskio.kernel.clock import MICROSECOND, Micros, now, now_micros
from keskio.kernel.errors import Mistake
from keskio.know.imports.files import Shape, WrongFile, shape_of
from keskio.know.imports.mapping import read_mapping, write_mapping
from keskio.know.imports.models import FaultRow, Import
from keskio.know.imports.rows import Reader
from keskio.know.imports.suggesting import suggest

State = Import.State
FOLDER = "imports"
LARGEST_FILE = 2 * 1024**3
FILES_KEPT = timedelta(days=7)
FAULTS_KEPT = timedelta(days=30)
AT_WORK = (State.RUNNING, State.TRYING)
_encode = msgspec.json.Encoder().encode


def folder() -> Path:
    """Return where files that came through the pages are kept."""
    place = Path(settings.DATA_DIR) / FOLDER
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return place


def receive_file(name: str, parts: Iterable[bytes], *, by: str) -> Import:
    """Keep a file that came, find out how it is written, and suggest a mapping for it.

    Raises WrongFile when it cannot be read or is too large; nothing is kept then.
    """
    path = folder() / secrets.token_hex(16)
    try:
        size = _keep(path, parts)
        shape = shape_of(path)
        mapping = write_mapping(suggest(path, shape))
        return Import.objects.create(
            name=Path(name).name[:200] or "file",
            path=str(path),
            shape=_encode(shape).decode(),
            mapping=mapping,
            size=size,
            made_by=by,
            created_at=now(),
        )
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _keep(path: Path, parts: Iterable[bytes]) -> int:
    """Write `parts` to `path`, where only we may read them; return how many bytes they are."""
    size = 0
    with path.open("xb") as file:
        path.chmod(0o600)
        for part in parts:
            size += len(part)
            if size > LARGEST_FILE:
                raise WrongFile(f"The file is above {LARGEST_FILE // 1024**3} GB.")
            file.write(part)
    return size


def open_file(path: Path, mapping: str, *, by: str = "cli") -> Import:
    """Return the import of a file that stays where it is: the unfinished one of the same, or a new one.

    Raises WrongFile or WrongMapping.
    """
    read = read_mapping(mapping)
    shape = shape_of(path, read.file)
    Reader(read, shape.names)
    about = path.stat()
    told = f"{path.resolve()}\x1f{about.st_size}\x1f{about.st_mtime_ns}\x1f{write_mapping(read)}"
    fingerprint = blake2b(told.encode(), digest_size=32).hexdigest()
    unfinished = Import.objects.filter(
        fingerprint=fingerprint, state__in=[State.RUNNING, State.STOPPED, State.PAUSED]
    ).first()
    return unfinished or Import.objects.create(
        name=path.name[:200],
        path=str(path.resolve()),
        is_ours=False,
        fingerprint=fingerprint,
        shape=_encode(shape).decode(),
        mapping=mapping,
        size=shape.size,
        made_by=by,
        created_at=now(),
    )


def save_mapping(job: Import, text: str) -> None:
    """Give a file its mapping. Raises WrongMapping or WrongFile; the old one stays then."""
    mapping = read_mapping(text)
    shape = shape_of(Path(job.path), mapping.file)
    Reader(mapping, shape.names)
    _move(
        job,
        [State.DRAFT, State.TRIED, State.FAILED, State.STOPPED],
        state=State.DRAFT,
        mapping=text,
        shape=_encode(shape).decode(),
        place=0,
        row=0,
        counts="{}",
        examples="{}",
        sentence="",
    )


def try_out(job: Import) -> None:
    """Let the worker read the whole file and say what would come of it, without keeping anything."""
    _begin(job, State.TRYING, [State.DRAFT, State.TRIED, State.FAILED, State.STOPPED])


def start(job: Import) -> None:
    """Let the worker take the file in from its beginning."""
    _begin(job, State.RUNNING, [State.DRAFT, State.TRIED, State.FAILED, State.STOPPED, State.DONE])


def pause(job: Import) -> None:
    """Let the worker stop where it is; `resume` goes on from there."""
    _move(job, [State.RUNNING], state=State.PAUSED)


def resume(job: Import) -> None:
    """Go on from where a pause, a stop or a failure was."""
    _move(
        job,
        [State.PAUSED, State.STOPPED, State.FAILED],
        state=State.RUNNING,
        ended_at=None,
        sentence="",
    )


def stop(job: Import) -> None:
    """End an import or a trial before its time; what was taken in stays."""
    if job.state == State.TRYING:
        _move(job, [State.TRYING], state=State.DRAFT)
    else:
        _move(job, [State.RUNNING, State.PAUSED], state=State.STOPPED, ended_at=now_micros())


def erase(job: Import) -> None:
    """Erase a file with its report. Customers that came of it stay."""
    if job.state in AT_WORK:
        raise Mistake("The import is under way. Stop it first.")
    _erase_file(job)
    job.delete()


def tidy(at: Micros) -> bool:
    """Erase the next file, or the next faults, whose time is over; True while there may be more."""
    old = now() - FILES_KEPT
    files = Import.objects.exclude(path="").exclude(state__in=[*AT_WORK, State.PAUSED])
    overdue = files.filter(Q(ended_at__lt=old) | Q(ended_at=None, created_at__lt=old)).first()
    if overdue is not None:
        _erase_file(overdue)
        Import.objects.filter(pk=overdue.pk).update(path="")
        return True
    before = at - FAULTS_KEPT // MICROSECOND
    told = FaultRow.objects.filter(job__created_at__lt=before).values_list("pk", flat=True)[:1000]
    gone, _ = FaultRow.objects.filter(pk__in=list(told)).delete()
    return bool(gone)


def _erase_file(job: Import) -> None:
    if job.is_ours and job.path:
        Path(job.path).unlink(missing_ok=True)


def _begin(job: Import, state: str, allowed: list[State]) -> None:
    read = read_mapping(job.mapping)
    shape = msgspec.json.decode(job.shape, type=Shape)
    Reader(read, shape.names)
    with transaction.atomic():
        FaultRow.objects.filter(job=job).delete()
        _move(
            job,
            allowed,
            state=state,
            place=0,
            row=0,
            counts="{}",
            examples="{}",
            sentence="",
            worked=0,
            begun_at=now_micros(),
            ended_at=None,
        )


def _move(job: Import, allowed: list[State], **changes: object) -> None:
    """Change an import that is still in one of the states `allowed`, and wake the worker."""
    rows = Import.objects.filter(pk=job.pk, state__in=allowed).exclude(path="")
    if rows.update(**changes) != 1:
        raise Mistake("The import has moved on meanwhile, or its file has been erased.")
    job.refresh_from_db()
    transaction.on_commit(wake)
