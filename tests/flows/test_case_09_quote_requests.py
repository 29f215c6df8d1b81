"""Case 9: requests get an owner by area and load, a promise, a reminder at 75 %, the manager at 100 %."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from keskio.engine.pressure import Quiet, Rules
from keskio.kernel.clock import VirtualClock, now
from keskio.respond.api import seat, unseat
from keskio.respond.leads.actions import close_lead
from keskio.respond.leads.contracts import Outcome
from keskio.respond.leads.following import LeadFollower
from keskio.respond.leads.models import Lead
from keskio.respond.promises.following import Promises
from keskio.respond.promises.models import Promise
from keskio.respond.promises.queries import come_due, lines_by
from keskio.talk.api import publish_built_in, publish_playbook, set_rules
from tests.flows.village import Village
from tests.talk.world import books

pytestmark = [pytest.mark.flow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def world(clock: VirtualClock) -> Village:
    clock.turn_to(datetime(2026, 6, 1, 5, 0, tzinfo=UTC))  # Monday, eight o'clock in Helsinki
    set_rules(Rules(quiet=Quiet()), by="test")
    publish_built_in()
    publish_playbook("quote-requests")
    seat("sales", "anna", areas=["Uusimaa"])
    seat("sales", "bertta", areas=["Uusimaa", "Pirkanmaa"])
    seat("sales", "kaarle")
    return Village(clock)


def ask(world: Village, name: str, kind: str, area: str = "Uusimaa", **more: Any) -> None:
    number = len(world.events_of(name, "Request"))
    told = {"kind": kind, "area": area, "request_id": f"{name}-{number}", **more}
    world.tell(name, "Request Sent", **told)
    world.settle()


def due_in(world: Village, name: str) -> timedelta:
    (task,) = world.tasks_of(name)
    assert task.due_at is not None
    return task.due_at - task.given_at


def test_owner_by_area_and_load(world: Village) -> None:
    for name in ("a", "b", "c", "d", "e"):
        world.person(name)
    for name, area in (("a", "Uusimaa"), ("b", "Uusimaa"), ("c", "Pirkanmaa"), ("d", "Uusimaa")):
        ask(world, name, "callback", area)
    ask(world, "e", "callback", "Lappi")
    owners = [world.tasks_of(name)[0].assignee for name in ("a", "b", "c", "d", "e")]
    assert owners == ["anna", "bertta", "bertta", "anna", "kaarle"]


def test_without_seats_a_task_waits_in_its_queue(world: Village) -> None:
    for name in ("anna", "bertta", "kaarle"):
        assert unseat("sales", name)
    world.person("aino")
    ask(world, "aino", "callback")
    assert world.tasks_of("aino")[0].assignee == ""


def test_a_call_back_is_promised_in_two_working_hours_and_kept(world: Village) -> None:
    world.person("aino", consents=())  # what was asked for needs no marketing consent
    ask(world, "aino", "callback")
    ((step, text),) = world.texts_to("aino")
    assert (step, "kahden työtunnin kuluessa" in text) == ("promise-callback", True)
    assert due_in(world, "aino") == timedelta(hours=1.5)
    world.wait(hours=1)
    world.do("aino")
    (task,) = world.tasks_of("aino")
    assert (task.step, task.assignee) == ("follow-up", "anna")
    assert task.results == ["won", "lost", "not-qualified"]
    world.wait(days=5)
    world.do("aino", "won")
    assert world.ends_of("aino") == [(1, "won")]
    assert world.steps_to("aino") == ["promise-callback"]


def test_working_hours_end_in_the_afternoon_and_go_on_next_morning(world: Village) -> None:
    world.person("aino")
    world.wait(days=4, hours=7.5)  # Friday, half past three
    ask(world, "aino", "callback")
    (task,) = world.tasks_of("aino")
    assert task.due_at == datetime(2026, 6, 8, 6, 0, tzinfo=UTC)  # Monday at nine


def test_a_promise_not_kept_reminds_the_owner_then_apologises_and_goes_to_the_manager(
    world: Village,
) -> None:
    world.person("aino")
    ask(world, "aino", "callback")
    world.wait(hours=1.4)
    assert [task.step for task in world.tasks_of("aino")] == ["callback"]
    world.wait(hours=0.2)
    (reminder,) = world.tasks_of("aino")
    assert (reminder.step, reminder.assignee) == ("callback-soon", "anna")
    assert world.steps_to("aino") == ["promise-callback"]
    world.wait(hours=0.5)
    assert world.steps_to("aino") == ["promise-callback", "apologise"]
    (task,) = world.tasks_of("aino")
    assert (task.step, task.queue, task.assignee) == ("escalate", "sales-manager", "")
    assert [one.step for one in world.tasks_of("aino", state="overdue")] == [
        "callback",
        "callback-soon",
    ]
    world.do("aino")
    assert world.tasks_of("aino")[0].step == "follow-up"


def test_a_quote_is_promised_in_two_working_days(world: Village) -> None:
    world.person("aino")
    ask(world, "aino", "quote", building="omakotitalo", roof_m2=180)
    assert "omakotitalo (180 m²)" in world.texts_to("aino")[0][1]
    assert "kahden työpäivän kuluessa" in world.texts_to("aino")[0][1]
    (task,) = world.tasks_of("aino")
    assert task.due_at == datetime(2026, 6, 2, 9, 0, tzinfo=UTC)  # 12 working hours of 16
    world.wait(days=1, hours=4.5)
    (reminder,) = world.tasks_of("aino")
    assert (reminder.step, reminder.due_at) == ("quote-soon", datetime(2026, 6, 2, 13, tzinfo=UTC))
    world.wait(hours=4)
    assert world.steps_to("aino") == ["promise-quote", "apologise"]


def test_a_question_is_answered(world: Village) -> None:
    world.person("aino")
    ask(world, "aino", "question", question="Kestääkö katto lunta?")
    assert world.steps_to("aino") == ["promise-answer"]
    assert "Kestääkö katto lunta?" in world.tasks_of("aino")[0].title["fi"]
    world.do("aino")
    assert world.ends_of("aino") == [(1, "answered")]


def test_not_reached_is_tried_twice_again_on_working_days(world: Village) -> None:
    world.person("aino")
    world.wait(days=3)  # Thursday
    ask(world, "aino", "callback")
    world.do("aino", "not-reached")
    assert world.tasks_of("aino") == []
    world.wait(days=1, hours=3)
    assert [task.step for task in world.tasks_of("aino")] == ["try-1"]
    world.do("aino", "not-reached")
    world.wait(days=2)
    assert world.tasks_of("aino") == []  # the weekend
    world.wait(days=1, hours=4)
    assert [task.step for task in world.tasks_of("aino")] == ["try-2"]
    world.do("aino", "not-reached")
    assert world.ends_of("aino") == [(1, "not-reached")]


def test_lost_and_not_qualified_are_outcomes_and_each_request_is_its_own(world: Village) -> None:
    world.person("aino")
    ask(world, "aino", "callback")
    world.do("aino", "not-qualified")
    ask(world, "aino", "quote", building="mökki")
    world.do("aino")
    world.do("aino", "lost")
    assert world.ends_of("aino") == [(1, "not-qualified"), (1, "lost")]
    assert all(entered == found for entered, found in books().values())


def test_a_request_is_a_lead_with_its_owner_and_its_outcome(world: Village) -> None:
    world.person("aino")
    ask(world, "aino", "quote", building="omakotitalo", roof_m2=180)
    follow_leads()
    lead = Lead.objects.get()
    assert (lead.state, lead.owner, lead.details) == (
        "working",
        "anna",
        {"building": "omakotitalo", "roof_m2": 180},
    )
    world.wait(hours=3)
    world.do("aino")
    follow_leads()
    assert Lead.objects.get().contacted_at is not None
    close_lead(lead, Outcome("lost", "price", note="Naapuri halvempi"), by="anna")
    world.settle()
    follow_leads()
    lead.refresh_from_db()
    assert (lead.state, lead.reason, lead.closed_by) == ("lost", "price", "anna")
    assert world.ends_of("aino") == [(1, "lost")]


def follow_leads() -> None:
    while LeadFollower().turn(0):
        pass


def test_what_was_promised_is_kept_on_record_and_the_report_tells_the_share(world: Village) -> None:
    world.others.append(Promises())
    for name in ("aino", "eero", "ville"):
        world.person(name)
        ask(world, name, "callback" if name != "ville" else "quote", building="mökki")
    told = [(one.text, one.team, one.due_at.hour) for one in Promise.objects.order_by("pk")]
    assert told == [
        ("Soitamme kahden työtunnin kuluessa", "sales", 7),
        ("Soitamme kahden työtunnin kuluessa", "sales", 7),
        ("Lähetämme tarjouksen kahden työpäivän kuluessa", "sales", 13),
    ]
    world.wait(hours=1)
    world.do("aino", "not-reached")  # she was called in time
    world.wait(hours=2)
    states = list(Promise.objects.order_by("pk").values_list("state", flat=True))
    assert states == ["kept", "broken", "open"]
    found = come_due(now() - timedelta(days=1), now())
    (line,) = lines_by(found, lambda one: one.team)
    assert (line.name, line.due, line.kept, line.hours) == ("sales", 2, 1, 1.0)
