"""The job of the wing: follows the log for promises made and kept, reminds of them, and breaks those overdue.

First the log is read to its end, then what is due is broken: what kept a promise in time is never passed
over because the worker stood still. Everything is a condition on the state in the table, in one transaction
with the cursor: seeing an event twice, being killed, or a clock that jumps changes nothing twice. An event
that arrives late, but happened in time, keeps a promise even after it was broken.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from django.db import transaction

from keskio.events.api import (
    cursor_of,
    events_named,
    is_worth_a_turn,
    locked_cursor_of,
    move_cursor,
)
from keskio.events.contracts import LoggedEvent
from keskio.kernel.clock import Micros, from_micros, to_micros
from keskio.kernel.i18n import in_language
from keskio.kernel.sql import fetch
from keskio.know.api import people_of, same_people
from keskio.respond.inbox import actions as cases
from keskio.respond.inbox import contracts as inbox
from keskio.respond.promises import actions
from keskio.respond.promises.contracts import (
    BLUEPRINT,
    BROKEN,
    DIALOGUE,
    MADE_EVENT,
    OPEN,
    ORIGINS,
    REMINDED_EVENT,
    REPLY,
    Keeping,
    NewPromise,
)
from keskio.respond.promises.models import Promise

CURSOR = "respond.promises"
BATCH = 1000
AT_ONCE = 100  # promises broken or reminded of in one turn
CASE_CLOSED = inbox.CLOSED_EVENT
DIALOGUE_ENDED = "dialogue.ended"
ALWAYS = frozenset({MADE_EVENT, CASE_CLOSED, DIALOGUE_ENDED})
AWAITED = """
    SELECT DISTINCT awaits FROM promises_promise
    WHERE awaits <> '' AND (state = 'open' OR (state = 'broken' AND put_right_at IS NULL))
"""
BY_EVENT = "event"


class Told(msgspec.Struct, frozen=True):
    """What an event says of a promise that was made; a dialogue tells its visit and its own steps."""

    text: dict[str, str] | str = ""
    due_at: int | None = None
    promise: int = 0
    key: str = ""
    origin: str = ""
    by: str = ""
    owner: str = ""
    team: str = ""
    channel: str = ""
    share: float = 0.75
    case: int = 0
    dialogue: str = ""
    enrolment: int = 0
    visit: int = 0
    steps: list[str] = []
    events: list[str] = []
    keeping: list[Keeping] = []


class _Body(msgspec.Struct):
    properties: dict[str, Any] = {}


_read = msgspec.json.Decoder(_Body).decode


class Promises:
    """A job: one batch of the log, or some promises that are due, a turn."""

    name = "promises"

    def turn(self, now: Micros) -> bool:
        """Take what comes next; True when there may be more."""
        if self._follow():
            return True
        more = actions.break_due(now, limit=AT_ONCE) == AT_ONCE
        return remind(now, limit=AT_ONCE) == AT_ONCE or more

    def _follow(self) -> bool:
        position = cursor_of(CURSOR)
        events, reached = events_named(ALWAYS | awaited(), after=position, limit=BATCH)
        if not is_worth_a_turn(events, position, reached):
            return False
        with transaction.atomic():
            if locked_cursor_of(CURSOR) != position:
                return True  # another worker has taken these
            # What one event promises, a later one of the same batch may keep.
            made = [event for event in events if event.name == MADE_EVENT]
            if take_made(made):
                events, reached = events_named(ALWAYS | awaited(), after=position, limit=BATCH)
                take_made([event for event in events if event.name == MADE_EVENT])
            take_rest(events)
            move_cursor(CURSOR, reached)
        return len(events) == BATCH


def awaited() -> frozenset[str]:
    """Return the names of the events that some promise is kept by."""
    return frozenset(name for row in fetch(AWAITED) for name in row[0].split(",") if name)


def take_made(events: Sequence[LoggedEvent]) -> int:
    """Make the promises that `events` tell of and nobody has made yet; return how many there are."""
    told = [(event, _told(event)) for event in events]
    fresh = [(event, one) for event, one in told if one is not None]
    people = people_of({event.customer for event, _ in fresh})
    rows = []
    for event, one in fresh:
        person = people.get(event.customer)
        rows.append(_row(event, one, person.language if person else "fi"))
    if not rows:
        return 0
    Promise.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _told(event: LoggedEvent) -> Told | None:
    """Return what an event says of a new promise; None of one that is in the table, or says too little."""
    try:
        told = msgspec.convert(_read(event.body).properties, Told)
    except msgspec.ValidationError:
        return None
    return told if not told.promise and told.due_at and told.due_at > event.at else None


def _row(event: LoggedEvent, told: Told, language: str) -> Promise:
    keeping = [*told.keeping, *(Keeping(name) for name in told.events)]
    if told.enrolment and (told.steps or not told.events):
        where: dict[str, Any] = {"enrolment": told.enrolment}
        if told.steps:
            where["step"] = told.steps
        keeping.append(Keeping("task.done", where))
    origin = told.origin if told.origin in ORIGINS else BLUEPRINT
    key = told.key or f"event:{event.id}"
    if told.enrolment:
        origin, key = DIALOGUE, f"{told.enrolment}.{told.visit}"
    new = NewPromise(
        customer=event.customer,
        text=in_language(told.text, language),
        due_at=told.due_at or 0,
        origin=origin,
        key=key[:200],
        by=told.by or told.dialogue,
        owner=told.owner,
        team=told.team,
        channel=told.channel,
        case=told.case,
        share=told.share,
        keeping=tuple(keeping),
    )
    return actions.row_of(new, event.at)


def take_rest(events: Sequence[LoggedEvent]) -> None:
    """Keep, put right and withdraw what `events` say."""
    rest = [(event, _read(event.body).properties) for event in events if event.name != MADE_EVENT]
    if not rest:
        return
    _keep([(e, told) for e, told in rest if e.name not in (CASE_CLOSED, DIALOGUE_ENDED)])
    _put_right([told for e, told in rest if e.name == CASE_CLOSED])
    _withdraw([told for e, told in rest if e.name == DIALOGUE_ENDED])
    awaits = awaited() & {CASE_CLOSED, DIALOGUE_ENDED}
    _keep([(e, told) for e, told in rest if e.name in awaits])


def _keep(events: Sequence[tuple[LoggedEvent, Mapping[str, Any]]]) -> None:
    if not events:
        return
    customers = {event.customer for event, _ in events}
    people = same_people(customers)
    records = {one: sorted({one, *people.get(one, ())}) for one in customers}
    wanted = set().union(*records.values())
    held: dict[int, list[Promise]] = {}
    found = Promise.objects.filter(
        customer_id__in=wanted, state__in=[OPEN, BROKEN], put_right_at__isnull=True
    ).exclude(awaits="")
    for promise in found.order_by("pk"):
        held.setdefault(promise.customer_id, []).append(promise)
    kept: dict[int, tuple[Promise, Micros]] = {}
    for event, told in events:
        for record in records[event.customer]:
            for promise in held.get(record, ()):
                if promise.pk not in kept and keeps(event, told, promise):
                    kept[promise.pk] = (promise, event.at)
    actions.keep_all(list(kept.values()), by=BY_EVENT)


def keeps(event: LoggedEvent, told: Mapping[str, Any], promise: Promise) -> bool:
    """Tell whether `event`, which says `told`, is one that keeps `promise`.

    It must have happened when the promise had been made; the reply that makes one does not keep it.
    """
    made = to_micros(promise.made_at)
    if event.at < made or (promise.origin == REPLY and event.at == made):
        return False
    return any(
        one["event"] == event.name
        and all(_is(told.get(name), wanted) for name, wanted in one["where"].items())
        for one in promise.keeping
    )


def _is(value: Any, wanted: Any) -> bool:
    return value in wanted if isinstance(wanted, list) else value == wanted


def _put_right(closed: Sequence[Mapping[str, Any]]) -> None:
    """A case that was opened for a broken promise is closed: it has been put right."""
    told_of = {told.get("case") for told in closed}
    numbers = [case for case in told_of if isinstance(case, int) and case]
    if not numbers:
        return
    broken = Promise.objects.filter(
        repair_case_id__in=numbers, state=BROKEN, put_right_at__isnull=True
    )
    for pk in broken.order_by("pk").values_list("pk", flat=True):
        actions.put_right(pk, by=BY_EVENT)


def _withdraw(ended: Sequence[Mapping[str, Any]]) -> None:
    """A customer who has left a dialogue no longer waits for what it promised."""
    left = [
        told.get("enrolment") for told in ended if told.get("status") in ("exited", "withdrawn")
    ]
    if not left:
        return
    starts = tuple(f"{enrolment}." for enrolment in left if isinstance(enrolment, int))
    # few leave; their promises are found by the enrolment that stands before the point of the key
    for start in starts:
        found = Promise.objects.filter(origin=DIALOGUE, key__startswith=start, state=OPEN)
        for pk in found.order_by("pk").values_list("pk", flat=True):
            actions.withdraw(pk, by=BY_EVENT)


def remind(now: Micros, *, limit: int) -> int:
    """Tell once of each open promise of whose time the share has gone; return how many."""
    at = from_micros(now)
    with transaction.atomic():
        due = Promise.objects.select_for_update().filter(
            state=OPEN, reminded_at__isnull=True, remind_at__lte=at, due_at__gt=at
        )
        found = list(due.order_by("remind_at", "pk")[:limit])
        if not found:
            return 0
        Promise.objects.filter(pk__in=[one.pk for one in found]).update(reminded_at=at)
        actions.tell(found, REMINDED_EVENT, now)
        for promise in found:
            if promise.case_id:
                told = {"promise": promise.pk, "text": promise.text}
                cases.add_entry(
                    promise.case_id,
                    kind=inbox.EVENT,
                    author=inbox.BOT,
                    what="promise_reminded",
                    told=told,
                )
    return len(found)
