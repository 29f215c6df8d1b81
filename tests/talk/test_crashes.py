"""The machine may stop at any statement: afterwards nothing is lost, nothing is doubled.

A crash is raised from inside the database connection, before a statement runs, at every place in
turn; the transaction around it is lost as a dying process would lose it. Then a new runner and new
senders take over, as after a restart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keskio.kernel.clock import VirtualClock
from keskio.kernel.sql import fetch, run
from keskio.talk.api import add_offer, publish, publish_playbook
from tests.talk.world import World, books

pytestmark = pytest.mark.django_db(transaction=True)

DIALOGUE = """
keskio: dialogue/1
key: question
title: {fi: Kysymys, en: Question}
purpose: marketing
languages: [fi]
trigger: {event: Asked}
reentry: always
quiet: ignore
steps:
  ask:
    kind: ask
    channel: sms
    text: {fi: "A vai B?"}
    for: 2 days
    choices: {A: {}, B: {}}
    outcomes: {A: code, B: call, other: guide, none: bye}
  guide: {kind: send, channel: sms, purpose: answer, text: {fi: Kirjain}, outcomes: {sent: back}}
  code: {kind: offer, offer: codes, outcomes: {given: give, sold_out: bye, refused: bye}}
  give: {kind: send, channel: sms, purpose: answer, text: {fi: "{{ coupon }}"}, outcomes: {sent: end}}
  call:
    kind: task
    text: {fi: Soita}
    due: {working_days: 1}
    outcomes: {done: bye, declined: bye, overdue: bye}
  bye: {kind: send, channel: sms, purpose: answer, text: {fi: Hei}, outcomes: {sent: end}}
"""
TABLES = (
    *("talk_coupon", "talk_offer", "talk_decision", "talk_tally", "talk_message", "talk_enrolment"),
    *("events_event", "events_cursor", "jobs_lease"),
)


class Crash(BaseException):
    """The power went."""


@contextmanager
def crashing_at(place: int) -> Iterator[Counter[str]]:
    """Raise Crash instead of running the `place`-th statement from here."""
    counted: Counter[str] = Counter()

    def strike(execute: Callable[..., Any], *args: Any) -> Any:
        counted["statements"] += 1
        if counted["statements"] == place:
            raise Crash
        return execute(*args)

    with connection.execute_wrapper(strike):
        yield counted


class Company:
    """The world, and how to start it again after a crash."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.lives = 0
        clock.turn_to(datetime(2026, 3, 2, 10, 0, tzinfo=UTC))
        publish_playbook("stop-confirmation")
        publish(DIALOGUE)
        self.world = self.start()

    def start(self) -> World:
        """Start anew: other owners, the old leases run out, the provider is the same."""
        self.lives += 1
        world = World(self.clock, owner=f"life-{self.lives}", batch=3)
        if self.lives > 1:
            self.clock.turn_to(self.clock.micros() + 11_000_000)
            world.people, world.outbox = self.world.people, self.world.outbox
            for sender in world.senders.values():
                sender.reconcile(self.clock.micros())
        self.world = world
        return world

    def empty(self) -> None:
        """Forget everything that has happened, but not the people."""
        for table in TABLES:
            run(f"DELETE FROM {table}")
        run('UPDATE know_customer SET consents = \'{"marketing/sms":"given"}\'')
        run("DELETE FROM know_consent")
        add_offer("codes", title={"fi": "Koodit"}, stock=2)
        self.world.outbox.sent.clear()
        self.start()


@pytest.fixture
def company(clock: VirtualClock) -> Company:
    company = Company(clock)
    for name in ("aino", "eero", "siiri", "ville"):
        company.world.person(name, email=None)
    return company


def story(world: World) -> None:
    """Four people are asked; each answers in another way, all in the same moments."""
    for name in ("aino", "eero", "siiri", "ville"):
        world.tell(name, "Asked")
    world.settle()
    world.reply("aino", "A")
    world.reply("eero", "mitä?")
    world.reply("siiri", "STOP")
    world.settle()
    world.reply("eero", "b")
    world.wait(days=6)


def prove(company: Company, *, crashes: int = 0) -> None:
    """None lost, none doubled, the unknown listed, the books balanced."""
    handed = Counter(outgoing.message for outgoing in company.world.outbox.sent)
    assert [message for message, times in handed.items() if times > 1] == []
    states = dict(fetch("SELECT id, state FROM talk_message"))
    assert {states[message] for message in handed} <= {"sent", "delivered", "unknown"}
    quiet = {m for m, state in states.items() if state in ("sent", "delivered") and m not in handed}
    assert quiet == set()
    assert [m for m, state in states.items() if state in ("claimed", "handing")] == []
    assert len([s for s in states.values() if s == "unknown"]) <= crashes * 20
    assert all(entered == found for entered, found in books().values())
    twice = fetch("SELECT enrolment_id, visit FROM talk_message GROUP BY 1, 2 HAVING count(*) > 1")
    assert twice == []
    codes = fetch("SELECT count(*), count(DISTINCT code) FROM talk_coupon")[0]
    assert codes[0] == codes[1] <= 2


def test_a_story_without_a_crash_balances(company: Company) -> None:
    company.empty()
    story(company.world)
    prove(company)
    assert company.world.steps_to("aino") == ["ask", "give"]
    assert company.world.steps_to("eero") == ["ask", "guide", "bye"]
    assert company.world.steps_to("siiri") == ["ask", "confirm"]
    assert company.world.steps_to("ville") == ["ask", "bye"]


def crashed_story(company: Company, place: int) -> bool:
    """Play the story with a crash at the `place`-th statement of the machine; True if it came so far."""
    company.empty()
    world = company.world
    for name in ("aino", "eero", "siiri", "ville"):
        world.tell(name, "Asked")
    world.reply("aino", "A")  # before it was asked: it must change nothing
    try:
        with crashing_at(place):
            world.settle()
            came_so_far = False
    except Crash:
        came_so_far = True
        world = company.start()
    world.settle()
    world.reply("aino", "A")
    world.reply("siiri", "STOP")
    world.wait(days=6)
    prove(company, crashes=1)
    return came_so_far


def test_a_crash_at_every_statement_loses_and_doubles_nothing(company: Company) -> None:
    place = 1
    while crashed_story(company, place):
        place += 1
    assert place > 50


def test_a_crash_after_the_hand_over_is_unknown_and_not_sent_again(company: Company) -> None:
    company.empty()
    world = company.world
    world.tell("aino", "Asked")
    world.run()
    sender = world.senders["sms"]
    ready = sender.prepare(company.clock.micros(), 10)
    with pytest.raises(Crash), crashing_at(1):
        sender.hand_over(ready, world.outbox, company.clock.micros())
    assert len(world.outbox.sent) == 1
    world = company.start()
    world.settle()
    world.wait(hours=5)
    assert len(world.outbox.sent) == 1
    assert fetch("SELECT state FROM talk_message") == [("unknown",)]


ACTIONS = st.sampled_from(
    ["ask", "A", "b", "mitä?", "STOP", "START", "run", "send", "crash", "hour", "day", "done"]
)
WHO = st.sampled_from(["aino", "eero", "siiri"])


# `empty` resets the company between examples.
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=st.lists(st.tuples(ACTIONS, WHO, st.integers(1, 60)), min_size=5, max_size=25))
def test_any_interleaving_with_crashes_keeps_the_laws(
    company: Company, moves: list[tuple[str, str, int]]
) -> None:
    company.empty()
    crashes = 0
    for action, who, number in moves:
        try:
            with crashing_at(number if action == "crash" else 0):
                act(company.world, action, who)
        except Crash:
            crashes += 1
            company.start()
        assert all(entered == found for entered, found in books().values())
    company.world.wait(days=8)
    prove(company, crashes=crashes)


def act(world: World, action: str, who: str) -> None:
    """Do one thing that can happen."""
    if action == "ask":
        world.tell(who, "Asked")
    elif action == "run":
        world.run()
    elif action == "send":
        world.send()
    elif action == "crash":
        world.settle()
    elif action in ("hour", "day"):
        world.wait(hours=1 if action == "hour" else 24)
    elif action == "done":
        for task in world.events_of(who, "task.given"):
            world.tell(who, "task.done", enrolment=task["enrolment"], visit=task["visit"])
    else:
        world.reply(who, action)
