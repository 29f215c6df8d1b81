"""`keskio doctor`: says what is wrong with an installation, and how to mend it."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from keskio.cli.installation import data_option, missing_migrations, prepare_django
from keskio.kernel.errors import Trouble

LEAST_FREE = 1024**3  # bytes
LARGE_LOG = 1024**3  # bytes
LONGEST_LINE = 10_000  # rows of the spool that may wait


@click.command()
@data_option
def doctor(data: Path | None) -> None:
    """Print one line for each thing that is wrong; exit 1 if there is any."""
    prepare_django(data=data)
    found = [sentence for look in LOOKS for sentence in look()]
    for sentence in found:
        click.echo(sentence)
    if not found:
        click.echo("Nothing is wrong.")
    sys.exit(1 if found else 0)


def _folder() -> Iterator[str]:
    from django.conf import settings

    folder: Path = settings.DATA_DIR
    if not folder.exists():
        yield f"The data folder {folder} is not there yet: `keskio up` makes it."
        return
    if folder.stat().st_mode & 0o077:
        yield f"Others may look into {folder}, which holds customers' data: chmod 700 {folder}"
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE:
        yield f"Only {free // 1024**2} MiB are free under {folder}: make room."
    for log in folder.glob("*-wal"):
        if log.stat().st_size > LARGE_LOG:
            yield f"{log} is large: is the worker running? It copies that file back."


def _databases() -> Iterator[str]:
    from django.conf import settings

    for alias in settings.DATABASES:
        try:
            missing = missing_migrations(alias)
        except Trouble as trouble:
            yield str(trouble)
            continue
        if missing:
            yield f"{missing} changes are missing from the database {alias}: `keskio migrate`."


def _line() -> Iterator[str]:
    from django.db import DatabaseError

    from keskio.events.api import cursor_of, spool_waiting

    try:
        waiting = spool_waiting(cursor_of("intake"))
    except DatabaseError:
        return  # told of already
    if waiting > LONGEST_LINE:
        yield f"{waiting} requests wait for the intake: is the worker running?"


def _users() -> Iterator[str]:
    from django.contrib.auth.models import User
    from django.db import DatabaseError

    try:
        somebody = User.objects.filter(is_active=True).exists()
    except DatabaseError:
        return  # told of already
    if not somebody:
        yield "Nobody may sign in yet: `keskio user create NAME`, or the link that `keskio up` prints."


def _checks() -> Iterator[str]:
    from django.core.checks import run_checks

    for message in run_checks():
        yield f"{message.msg} {message.hint or ''}".strip()


LOOKS: tuple[Callable[[], Iterator[str]], ...] = (_folder, _databases, _line, _users, _checks)
