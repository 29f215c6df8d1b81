"""What people of the company have asked to be told of by e-mail: whom a happening of the log concerns.

A deadline that draws near concerns whoever has the case, or, while nobody has it, those who work for its
queue; a hand-over whoever has it then, in the same way; a rising theme everybody who has asked for it. What
is to be told waits in `Notice`; `posting` puts it into letters. Nothing is told of what is older than a day.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import timedelta

import msgspec
from django.contrib.auth.models import User
from django.db import transaction

from keskio.events.api import cursor_of, events_named, is_worth_a_turn, move_cursor
from keskio.events.contracts import LoggedEvent
from keskio.kernel.clock import Micros, from_micros, now_micros
from keskio.listen.contracts import RISING
from keskio.respond.assigning import Seats, seats_of
from keskio.respond.desk.models import Notice, Telling
from keskio.respond.inbox.contracts import HANDED_OVER, WARNED

CURSOR = "respond.desk.telling"
NAMES = frozenset({RISING, WARNED, HANDED_OVER})
BATCH = 200
OLDEST = timedelta(days=1) // timedelta(microseconds=1)
COLUMNS = {RISING: "wants_rising", WARNED: "wants_warned", HANDED_OVER: "wants_handed_over"}


class Told(msgspec.Struct, frozen=True):
    """What the events say of it; each has some."""

    case: int = 0
    queue: str = ""
    assignee: str = ""
    channel: str = ""
    due_at: int | None = None
    theme: str = ""
    alert: int = 0


class _Body(msgspec.Struct, frozen=True):
    properties: Told = Told()


_read = msgspec.json.Decoder(_Body).decode


class Teller:
    """A job: follows the log, and notes who is to be told of what."""

    name = "telling staff"

    def turn(self, now: Micros) -> bool:
        """Take one batch; True when there may be more."""
        position = cursor_of(CURSOR)
        events, reached = events_named(NAMES, after=position, limit=BATCH)
        if not is_worth_a_turn(events, position, reached):
            return False
        with transaction.atomic():
            note([event for event in events if event.at > now - OLDEST])
            move_cursor(CURSOR, reached)
        return len(events) == BATCH


def note(events: Sequence[LoggedEvent]) -> int:
    """Note whom these events are to be told; return how many notices there are. Three queries for all."""
    if not events:
        return 0
    wishes = _wishes()
    told = [(event, _read(event.body).properties) for event in events]
    seats = seats_of({said.queue for _, said in told if said.queue and not said.assignee})
    notices = [
        Notice(
            username=username,
            event_id=event.id,
            what=event.name,
            told=msgspec.to_builtins(said),
            at=from_micros(event.at),
        )
        for event, said in told
        for username in _concerned(event.name, said, wishes[event.name], seats)
    ]
    Notice.objects.bulk_create(notices, ignore_conflicts=True)
    return len(notices)


def _wishes() -> dict[str, set[str]]:
    """Return who has asked to be told of each kind of event, of those who may sign in."""
    people = set(User.objects.filter(is_active=True).values_list("username", flat=True))
    rows = [row for row in Telling.objects.all() if row.username in people]
    return {
        name: {row.username for row in rows if getattr(row, column)}
        for name, column in COLUMNS.items()
    }


def _concerned(name: str, said: Told, wishes: Collection[str], seats: Seats) -> Iterator[str]:
    if name == RISING:
        yield from sorted(wishes)
        return
    theirs = [said.assignee] if said.assignee else sorted(seats.get(said.queue, {}))
    yield from (username for username in theirs if username in wishes)


def telling_of(username: str) -> Telling:
    """Return what somebody has asked to be told of: nothing, until they ask."""
    return Telling.objects.filter(pk=username).first() or Telling(username=username)


def ask_to_be_told(username: str, *, wants: Collection[str], language: str) -> None:
    """Keep what somebody wants to be told of (names of events), in which language."""
    told = {column: name in wants for name, column in COLUMNS.items()}
    Telling.objects.update_or_create(
        pk=username, defaults={**told, "language": language, "trouble": ""}
    )
    unwanted = [name for name in COLUMNS if name not in wants]
    Notice.objects.filter(username=username, what__in=unwanted).delete()


def waiting_for(username: str) -> int:
    """Return how many notices wait for somebody's next letter."""
    return Notice.objects.filter(
        username=username, at__gt=from_micros(now_micros() - OLDEST)
    ).count()
