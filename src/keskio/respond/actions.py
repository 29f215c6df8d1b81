"""Writes of the room: tasks are given, taken, done and declined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from django.db import transaction

from keskio.events.api import append_events
from keskio.events.contracts import LoggedEvent, NewEvent
from keskio.jobs.api import wake
from keskio.kernel.clock import Micros, from_micros, now_micros, to_micros
from keskio.kernel.errors import Mistake
from keskio.kernel.sql import any_of, fetch, listed, run_many
from keskio.respond.assigning import assign
from keskio.respond.contracts import (
    DECLINED,
    DECLINED_EVENT,
    DONE,
    DONE_EVENT,
    ENDED_EVENT,
    GIVEN_EVENT,
    OPEN,
    OVERDUE,
)
from keskio.respond.models import Task


class NoSuchTask(Mistake):
    """There is no such task."""

    code = "no_such_task"


class _Properties(msgspec.Struct, frozen=True):
    """What the events that this room follows tell."""

    enrolment: int = 0
    visit: int = 0
    dialogue: str = ""
    step: str = ""
    title: dict[str, str] | str = ""
    queue: str = ""
    skill: str = ""
    due_at: int | None = None
    owner: str = ""
    results: list[str] = []


class _Body(msgspec.Struct, frozen=True):
    properties: _Properties = _Properties()


WAITING = """
    SELECT id, enrolment, given_at, due_at FROM respond_task
    WHERE {enrolments} AND state = 'open' AND due_at IS NOT NULL
"""
LEAVE = f"""
    UPDATE respond_task SET state = '{OVERDUE}', result = '{OVERDUE}', closed_at = %s
    WHERE id = %s AND state = '{OPEN}'
"""  # noqa: S608 - constants
_read = msgspec.json.Decoder(_Body).decode
_encode = msgspec.json.Encoder().encode


def complete_task(task: int, *, actor: str, note: str = "", result: str = "") -> bool:
    """Record that `actor` has done the task; tell the log, so that its dialogue goes on.

    `result` names a result of the task's own in the place of "done". Returns False, and does
    nothing, when the task has been closed already. Raises NoSuchTask.
    """
    return _close(task, DONE, actor=actor, note=note, result=result or DONE)


def decline_task(task: int, *, actor: str, note: str = "") -> bool:
    """Record that the task will not be done, and by whose word; tell the log.

    Returns False, and does nothing, when the task has been closed already. Raises NoSuchTask.
    """
    return _close(task, DECLINED, actor=actor, note=note, result=DECLINED)


def take_task(task: int, *, actor: str) -> bool:
    """Make `actor` the one who does the task; False when it has been closed already.

    Raises NoSuchTask.
    """
    taken = Task.objects.filter(id=task, state=OPEN).update(assignee=actor)
    if not taken and not Task.objects.filter(id=task).exists():
        raise NoSuchTask(f"There is no task {task}.", task=task)
    return bool(taken)


def _close(task_id: int, state: str, *, actor: str, note: str, result: str) -> bool:
    at = now_micros()
    with transaction.atomic():
        # The condition on the state lets one of two who press at once win.
        closed = Task.objects.filter(id=task_id, state=OPEN).update(
            state=state, result=result, note=note, closed_at=at, closed_by=actor
        )
        task = Task.objects.filter(id=task_id).first()
        if task is None:
            raise NoSuchTask(f"There is no task {task_id}.", task=task_id)
        if not closed:
            return False
        name = DONE_EVENT if state == DONE else DECLINED_EVENT
        append_events([NewEvent(task.customer_id, name, at, _told(task))])
        transaction.on_commit(wake)
    return True


def _told(task: Task) -> str:
    """Return the body of the event that tells of a closed task."""
    properties: dict[str, Any] = {
        "task": task.pk,
        "enrolment": task.enrolment,
        "visit": task.visit,
        "dialogue": task.dialogue,
        "step": task.step,
        "title": task.title,
        "queue": task.queue,
        "due_at": None if task.due_at is None else to_micros(task.due_at),
        "result": task.result,
        "note": task.note,
        "actor": task.closed_by,
    }
    return _encode({"properties": properties}).decode()


def take_in(events: Sequence[LoggedEvent]) -> None:
    """Make the tasks that `events` give, and close those that their dialogue has left behind.

    Runs in the caller's transaction; the same events again change nothing. A task left behind is one
    whose time had passed when its enrolment got another task or ended.
    """
    given: list[Task] = []
    left: dict[int, list[Micros]] = {}
    for event in events:
        if event.name not in (GIVEN_EVENT, ENDED_EVENT):
            continue
        told = _read(event.body).properties
        if event.name == GIVEN_EVENT:
            given.append(_task(event, told))
        left.setdefault(told.enrolment, []).append(event.at)
    assign(given)
    Task.objects.bulk_create(given, ignore_conflicts=True)
    _leave_behind(left)


def _leave_behind(left: Mapping[int, Sequence[Micros]]) -> None:
    """Close the open tasks of enrolments that went on at some moments after the tasks were due."""
    if not left:
        return
    closed = []
    waiting = fetch(WAITING.format(enrolments=any_of("enrolment")), (listed(left),))
    for number, enrolment, given_at, due_at in waiting:
        moments = [at for at in left[enrolment] if given_at < at and due_at <= at]
        if moments:
            closed.append((moments[0], number))
    run_many(LEAVE, closed)


def _task(event: LoggedEvent, told: _Properties) -> Task:
    return Task(
        title={"": told.title} if isinstance(told.title, str) else told.title,
        customer_id=event.customer,
        queue=told.queue,
        skill=told.skill[:100],
        assignee=told.owner[:150],
        results=told.results,
        given_at=from_micros(event.at),
        due_at=None if told.due_at is None else from_micros(told.due_at),
        dialogue=told.dialogue,
        enrolment=told.enrolment,
        visit=told.visit,
        step=told.step,
    )
