"""Writes of the wing: definitions made, edited, run now, and ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from django.db import transaction

from keskio.events.api import last_position, locked_cursor_of, move_cursor
from keskio.jobs.api import wake
from keskio.kernel.clock import now
from keskio.kernel.errors import Mistake
from keskio.know.computed.asking import check_sql
from keskio.know.computed.following import CURSOR
from keskio.know.computed.models import Definition
from keskio.know.computed.queries import live_definitions
from keskio.know.computed.recipes import Question, read_definition

State = Definition.State


class KeyInUse(Mistake):
    """Another computed trait has this key."""

    code = "key_in_use"


def add_definition(document: Mapping[str, Any], *, by: str = "") -> Definition:
    """Add a computed trait; it is built from all that has happened, and then kept up to date.

    Raises WrongDefinition, or KeyInUse.
    """
    read = read_definition(document)
    is_sql = isinstance(read, Question)
    if isinstance(read, Question):
        check_sql(read.sql)
    with transaction.atomic():
        _begin_following()
        if Definition.objects.filter(key=read.key).exists():
            raise KeyInUse(f"Another computed trait has the key {read.key!r}.")
        made = Definition.objects.create(
            key=read.key,
            title=read.title,
            document=_text(document),
            state=State.READY if is_sql else State.BUILDING,
            created_at=now(),
            changed_at=now(),
            changed_by=by,
            run_at=now() if is_sql else None,
        )
        transaction.on_commit(wake)
    return made


def change_definition(number: int, document: Mapping[str, Any], *, by: str = "") -> Definition:
    """Change a computed trait; unless only its title changed, it is built anew from the beginning.

    Values that stand are kept until the new ones are ready. The key cannot be changed.
    """
    read = read_definition(document)
    if isinstance(read, Question):
        check_sql(read.sql)
    with transaction.atomic():
        _begin_following()
        row = Definition.objects.select_for_update().get(pk=number)
        before = msgspec.json.decode(row.document, type=dict[str, Any])
        if read.key != row.key or ("sql" in before) != ("sql" in document):
            raise Mistake(
                "The key and the kind of a computed trait stay as they are: make a new one."
            )
        row.title, row.document = read.title, _text(document)
        row.changed_at, row.changed_by = now(), by
        row.save()
        if {**before, "title": ""} != {**document, "title": ""}:
            _begin_anew(row)
        transaction.on_commit(wake)
    return row


def recompute(number: int) -> None:
    """Build a computed trait anew from all that has happened, or ask its SQL again now."""
    with transaction.atomic():
        _begin_following()
        _begin_anew(Definition.objects.select_for_update().get(pk=number))
        transaction.on_commit(wake)


def end_definition(number: int) -> None:
    """Take a computed trait away, with its values, in slices; each customer's loss is an event."""
    with transaction.atomic():
        locked_cursor_of(CURSOR)
        Definition.objects.filter(pk=number).update(state=State.ENDING, run_at=None)
        transaction.on_commit(wake)


def _begin_anew(row: Definition) -> None:
    is_sql = "sql" in msgspec.json.decode(row.document, type=dict[str, Any])
    row.state = State.READY if is_sql else State.BUILDING
    row.edition += 1
    row.built_to = row.build_end = row.settled_to = row.took = 0
    row.error, row.error_at = "", None
    row.run_at = now() if is_sql else None
    row.save()


def _begin_following() -> None:
    """Move the follower to the end of the log when it has nothing to follow: it need not read it all."""
    position = locked_cursor_of(CURSOR)
    busy = Definition.objects.filter(state__in=(State.BUILDING, State.SETTLING)).exists()
    if not busy and not live_definitions() and position < last_position():
        move_cursor(CURSOR, last_position())


def _text(document: Mapping[str, Any]) -> str:
    return msgspec.json.encode(dict(document)).decode()
