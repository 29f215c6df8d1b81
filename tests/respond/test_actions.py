"""Tasks: given by the log, done or declined by people, once."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from keskio.events.api import append_events, cursor_of
from keskio.events.contracts import NewEvent
from keskio.events.models import Event
from keskio.events.queries import LONG_WAY
from keskio.kernel.clock import VirtualClock, from_micros
from keskio.respond.api import (
    NoSuchTask,
    TaskFollower,
    complete_task,
    decline_task,
    seat,
    take_task,
)
from keskio.respond.handlers import follow
from keskio.respond.models import Task

pytestmark = pytest.mark.django_db
HOUR = 3_600_000_000


def happen(clock: VirtualClock, name: str, **properties: Any) -> None:
    told = {"dialogue": "autumn", "version": 1, "enrolment": 7, **properties}
    append_events([NewEvent(1, name, clock.micros(), json.dumps({"properties": told}))])


def give(clock: VirtualClock, *, visit: int = 3, **properties: Any) -> None:
    told = {
        "title": {"fi": "Soita", "en": "Call"},
        "queue": "customer-service",
        "due_at": clock.micros() + HOUR,
        "visit": visit,
        "step": "call",
    }
    happen(clock, "task.given", **{**told, **properties})


def read_log() -> None:
    while TaskFollower(follow).turn(0):
        pass


def last_event() -> tuple[int, str, dict[str, Any]]:
    event = Event.objects.latest("id")
    return event.customer_id, event.name, json.loads(event.body)["properties"]


def test_follow_makes_a_task_of_what_a_dialogue_gives(clock: VirtualClock) -> None:
    give(clock)

    read_log()

    task = Task.objects.get()
    assert (task.title["fi"], task.customer_id, task.queue) == ("Soita", 1, "customer-service")
    assert (task.enrolment, task.visit, task.step, task.dialogue) == (7, 3, "call", "autumn")
    assert (task.state, task.is_late) == ("open", False)
    assert cursor_of("respond") == Event.objects.latest("id").pk


def test_follow_makes_one_task_of_a_visit_however_often_it_is_told(clock: VirtualClock) -> None:
    give(clock)
    give(clock)
    read_log()
    give(clock)
    read_log()

    assert Task.objects.count() == 1


def test_follow_leaves_everything_else_alone(clock: VirtualClock) -> None:
    append_events([NewEvent(1, "Order Completed", clock.micros(), '{"properties":{"visit":"x"}}')])

    read_log()

    assert Task.objects.count() == 0


def test_a_task_past_its_time_is_late_and_still_open(clock: VirtualClock) -> None:
    give(clock)
    read_log()

    clock.advance(timedelta(hours=2))

    assert (Task.objects.get().is_late, Task.objects.get().state) == (True, "open")


def test_a_late_task_is_left_behind_when_its_dialogue_gives_another(clock: VirtualClock) -> None:
    give(clock)
    clock.advance(timedelta(hours=2))
    give(clock, visit=4, queue="manager")
    read_log()

    states = Task.objects.order_by("visit").values_list("visit", "state")
    assert list(states) == [(3, "overdue"), (4, "open")]


def test_a_task_in_time_stays_open_when_its_dialogue_ends(clock: VirtualClock) -> None:
    give(clock)
    clock.advance(timedelta(minutes=5))
    happen(clock, "dialogue.ended", status="exited", outcome="permission_withdrawn")
    read_log()

    assert Task.objects.get().state == "open"


def test_complete_task_closes_it_and_tells_the_dialogue(clock: VirtualClock) -> None:
    give(clock)
    read_log()
    task = Task.objects.get().pk

    assert complete_task(task, actor="maija", note="Ke klo 9")

    closed = Task.objects.get()
    assert (closed.state, closed.result, closed.note, closed.closed_by) == (
        "done",
        "done",
        "Ke klo 9",
        "maija",
    )
    assert closed.closed_at == closed.given_at
    customer, name, told = last_event()
    assert (customer, name) == (1, "task.done")
    assert told == {
        "task": task,
        "enrolment": 7,
        "visit": 3,
        "dialogue": "autumn",
        "step": "call",
        "title": {"fi": "Soita", "en": "Call"},
        "queue": "customer-service",
        "due_at": clock.micros() + HOUR,
        "result": "done",
        "note": "Ke klo 9",
        "actor": "maija",
    }


def test_a_closed_task_is_not_closed_again(clock: VirtualClock) -> None:
    give(clock)
    read_log()
    task = Task.objects.get().pk
    complete_task(task, actor="maija")
    before = Event.objects.count()

    assert not decline_task(task, actor="ville")
    assert not complete_task(task, actor="ville")

    assert (Event.objects.count(), Task.objects.get().closed_by) == (before, "maija")


def test_decline_task_tells_the_dialogue(clock: VirtualClock) -> None:
    give(clock)
    read_log()

    assert decline_task(Task.objects.get().pk, actor="maija", note="Väärä numero")

    _, name, told = last_event()
    assert (name, told["result"], told["note"]) == ("task.declined", "declined", "Väärä numero")


def test_take_task_names_who_does_it(clock: VirtualClock) -> None:
    give(clock)
    read_log()
    task = Task.objects.get().pk

    assert take_task(task, actor="maija")
    assert Task.objects.get().assignee == "maija"
    complete_task(task, actor="maija")
    assert not take_task(task, actor="ville")


def test_a_task_that_is_not_there_is_a_mistake() -> None:
    for action in (complete_task, decline_task, take_task):
        with pytest.raises(NoSuchTask):
            action(4711, actor="maija")


def test_a_task_goes_to_whoever_has_the_skill(clock: VirtualClock) -> None:
    seat("customer-service", "aada")
    seat("customer-service", "björn", skills=["sv"])
    give(clock, skill="sv")
    give(clock, visit=4, enrolment=8)
    give(clock, visit=5, enrolment=9, skill="se")
    read_log()

    owners = Task.objects.order_by("visit").values_list("skill", "assignee")
    assert list(owners) == [("sv", "björn"), ("", "aada"), ("se", "")]


def test_a_campaign_that_ends_costs_no_query_a_customer(
    clock: VirtualClock, django_assert_max_num_queries: Any
) -> None:
    for enrolment in range(20):
        give(clock, enrolment=enrolment)
    read_log()
    clock.advance(timedelta(hours=2))
    for enrolment in range(40):
        happen(clock, "dialogue.ended", enrolment=enrolment, status="ended")
    with django_assert_max_num_queries(12):
        read_log()
    assert set(Task.objects.values_list("state", flat=True)) == {"overdue"}
    assert {task.closed_at for task in Task.objects.all()} == {from_micros(clock.micros())}


def test_what_is_not_for_this_room_moves_the_cursor_only_after_a_long_way(
    clock: VirtualClock,
) -> None:
    before = cursor_of("respond")
    happen(clock, "Order Completed")
    read_log()
    assert cursor_of("respond") == before
    append_events([NewEvent(1, "Order Completed", clock.micros(), "{}")] * LONG_WAY)
    read_log()
    assert cursor_of("respond") == Event.objects.latest("id").pk
