"""Law 16 in the tables: merged people's enrolments go on as one person's, and part again."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keskio.engine.dialogue import signals as s
from keskio.engine.dialogue.enrolment import ENDED, EXITED, FAILED, WAITING
from keskio.engine.pressure import Rules
from keskio.kernel.clock import VirtualClock
from keskio.kernel.sql import fetch, run
from keskio.know.uniting import merge_customers, undo_merge
from keskio.talk.actions import invite
from keskio.talk.api import publish, set_rules
from keskio.talk.documents import compile_text
from keskio.talk.models import Aside, Enrolment, Merged
from tests.engine.town import Town
from tests.talk.world import World, books

pytestmark = pytest.mark.django_db(transaction=True)

ROUND = """
keskio: dialogue/1
key: round
title: {fi: Kierros}
purpose: marketing
languages: [fi]
trigger: {event: Asked}
quiet: ignore
exit: [Bought]
steps:
  menu:
    kind: ask
    channel: [sms]
    text: {fi: "A vai B?"}
    for: 2 days
    choices: {A: {}, B: {}}
    outcomes: {A: a, B: b, none: c, other: back}
  a: {kind: send, channel: [sms], text: {fi: A}, outcomes: {sent: rest}}
  b: {kind: send, channel: [sms], text: {fi: B}, outcomes: {sent: rest}}
  c: {kind: send, channel: [sms], text: {fi: C}, outcomes: {sent: last}}
  rest: {kind: wait, for: 6 hours, outcomes: {timeout: menu}}
  last: {kind: wait, for: 6 hours, outcomes: {timeout: end}}
"""
TABLES = (
    *("talk_aside", "talk_merged", "talk_decision", "talk_tally", "talk_message"),
    "talk_enrolment",
)


@pytest.fixture
def world(clock: VirtualClock) -> World:
    clock.turn_to(datetime(2026, 3, 2, 10, 0, tzinfo=UTC))
    set_rules(Rules(), by="test")
    publish(ROUND)
    return World(clock)


def enter(world: World, *names: str) -> None:
    for name in names:
        world.person(name)
        world.tell(name, "Asked")
        world.settle()


def rows() -> list[tuple[int, int | None, int, str, str]]:
    """Return (customer, record, status, outcome, step) of all enrolments, in order of entering."""
    found = Enrolment.objects.order_by("id")
    return list(found.values_list("customer_id", "record_id", "status", "outcome", "step"))


def balanced() -> bool:
    return all(entered == found for entered, found in books().values())


def test_the_further_one_stays_and_the_other_ends_with_the_reason(world: World) -> None:
    enter(world, "aino", "eero")
    world.reply("aino", "A")
    world.settle()
    aino, eero = world.people["aino"], world.people["eero"]
    merge_customers(aino, eero)
    world.settle()
    assert rows() == [(eero, aino, 0, "", "rest"), (eero, None, 2, "merged", "menu")]
    assert world.reasons_of("eero") == [("exited", "merged")]
    assert [e["outcome"] for e in world.events_of("eero", "dialogue.ended")] == ["merged"]
    assert balanced()
    world.wait(hours=6)
    assert world.steps_to("aino") == ["menu", "a"]
    assert world.steps_to("eero") == ["menu", "menu"]


def test_what_is_claimed_by_both_is_sent_once(world: World) -> None:
    for name in ("aino", "eero"):
        world.person(name)
        world.tell(name, "Asked")
        world.run()
    merge_customers(world.people["eero"], world.people["aino"])
    assert world.send() == 0  # the merge is in the log and not yet taken
    world.settle()
    assert [o.text for o in world.outbox.sent] == ["A vai B?"]
    world.reply("aino", "B")
    world.settle()
    assert [o.text for o in world.outbox.sent] == ["A vai B?", "B"]
    assert balanced()


def test_a_report_for_the_old_number_reaches_the_enrolment(world: World) -> None:
    """The message was handed over as the merge was taken: its report stands under the old number."""
    world.person("aino")
    world.person("eero")
    world.tell("aino", "Asked")
    world.settle()
    world.reply("aino", "A")
    world.run()
    sender = world.senders["sms"]
    ready = sender.prepare(world.clock.micros(), 10)
    merge_customers(world.people["aino"], world.people["eero"])
    world.run()
    sender.hand_over(ready, world.outbox, world.clock.micros())
    world.settle()
    assert [row[4] for row in rows()] == ["rest"]


def test_parting_restores_and_a_late_report_finds_who_has_gone_back(world: World) -> None:
    enter(world, "aino", "eero")
    world.reply("aino", "A")
    world.settle()
    before = rows()
    states = fetch("SELECT state FROM talk_enrolment ORDER BY id")
    merge = merge_customers(world.people["aino"], world.people["eero"])
    world.settle()
    assert rows() != before
    undo_merge(merge or 0)
    world.settle()
    assert rows() == before
    assert fetch("SELECT state FROM talk_enrolment ORDER BY id") == states
    assert Aside.objects.count() == 0
    assert balanced()
    world.reply("eero", "B")
    world.run()
    ready = world.senders["sms"].prepare(world.clock.micros(), 10)
    again = merge_customers(world.people["aino"], world.people["eero"])
    world.run()
    undo_merge(again or 0)
    world.run()
    world.senders["sms"].hand_over(ready, world.outbox, world.clock.micros())
    world.settle()
    assert rows() == [*before[:1], (*before[1][:4], "rest")]


def test_a_chain_of_merges_parts_link_by_link(world: World) -> None:
    enter(world, "aino", "eero", "siiri")
    world.reply("aino", "A")
    world.settle()
    aino, eero, siiri = (world.people[name] for name in ("aino", "eero", "siiri"))
    first = merge_customers(aino, eero)
    second = merge_customers(eero, siiri)
    world.settle()
    assert [row[:3] for row in rows()] == [(siiri, aino, 0), (siiri, eero, 2), (siiri, None, 2)]
    undo_merge(second or 0)
    world.settle()
    assert [row[:3] for row in rows()] == [(eero, aino, 0), (eero, None, 2), (siiri, None, 0)]
    undo_merge(first or 0)
    world.settle()
    assert [row[:3] for row in rows()] == [(aino, None, 0), (eero, None, 0), (siiri, None, 0)]
    assert balanced()


def test_an_invitation_to_the_old_number_finds_the_person_inside(world: World) -> None:
    enter(world, "aino", "eero")
    merge_customers(world.people["aino"], world.people["eero"])
    world.settle()
    invite("round", [world.people["aino"]])
    world.settle()
    assert len(rows()) == 2
    assert world.reasons_of("eero")[-1] == ("refused", "already_inside")


def test_who_cannot_be_read_goes_into_error_alone(world: World) -> None:
    enter(world, "aino", "eero", "siiri", "ville")
    run("UPDATE talk_enrolment SET state = %s WHERE customer_id = %s", (b"x", world.people["eero"]))
    merge_customers(world.people["aino"], world.people["eero"])
    merge_customers(world.people["siiri"], world.people["ville"])
    world.settle()
    assert [row[2] for row in rows()] == [0, 3, 0, 2]
    assert balanced()


def test_merges_among_other_events_of_one_batch_are_taken_in_their_place(world: World) -> None:
    enter(world, "aino", "eero")
    world.reply("aino", "A")
    merge_customers(world.people["aino"], world.people["eero"])
    world.tell("eero", "Bought")
    world.settle()
    assert [row[2:4] for row in rows()] == [(2, "exit_event"), (2, "merged")]
    assert Merged.objects.count() == 2


STATUS = [WAITING, ENDED, EXITED, FAILED]
ACTIONS = ["A", "b", "mitä?"] * 3 + ["enter", "hours", "hours", "days", "merge", "merge", "part"]


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2**32 - 1))
def test_the_tables_do_as_the_model_does(world: World, seed: int) -> None:
    play_both(world, Random(seed), 30)


@pytest.mark.nightly
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2**32 - 1))
def test_the_tables_do_as_the_model_does_at_length(world: World, seed: int) -> None:
    play_both(world, Random(seed), 60)


def play_both(world: World, dice: Random, length: int) -> None:
    """Let the same come to the database and to the model in memory, and compare after each."""
    for table in TABLES:
        run(f"DELETE FROM {table}")
    world.people.clear()
    numbers = [
        world.person(f"{dice.random()}", phone=f"+35840{dice.randrange(10**7):07}")
        for _ in range(4)
    ]
    both = Both(world, numbers)
    for _ in range(length):
        both.do(dice.choice(ACTIONS), dice)
        assert both.in_tables() == both.in_model()
        assert balanced()


class Both:
    """The database and the model, to which the same comes."""

    def __init__(self, world: World, numbers: list[int]) -> None:
        program, _ = compile_text(ROUND)
        assert program is not None
        self.world, self.numbers = world, numbers
        self.town = Town([program], len(numbers), sends_at_once=True)
        self.town.now = world.clock.micros()
        self.merges: list[int] = []

    def do(self, action: str, dice: Random) -> None:
        """Let one thing happen in both."""
        gone, into = (self.town.now_is[dice.randint(1, 4)] for _ in range(2))
        self.world.people["who"] = self.numbers[gone - 1]
        if action == "enter":
            self.world.tell("who", "Asked")
            self.town.enter(gone, self.town.programs[0], "")
        elif action == "merge" and gone != into:
            merged = merge_customers(self.numbers[gone - 1], self.numbers[into - 1])
            self.merges.append(merged or 0)
            self.town.merge(gone, into)
        elif action == "part" and self.merges:
            which = dice.randrange(len(self.merges))
            undo_merge(self.merges.pop(which))
            self.town.part(which)
        elif action in ("hours", "days"):
            span = {action: dice.randint(1, 7) if action == "hours" else 2}
            self.world.wait(**span)
            self.town.pass_time(60 * span.get("hours", 48))
        elif action in ("A", "b", "mitä?"):
            self.world.reply("who", action)
            for row in self.town.of(gone):
                if row.left_at is None:
                    self.town.move(row, s.Replied(self.town.now, "sms", action))
        self.world.settle()
        self.town.send()

    def in_tables(self) -> list[tuple[object, ...]]:
        """Return whose each enrolment is and was, how it stands, and what has left."""
        place = {number: index for index, number in enumerate(self.numbers, 1)}
        sent: dict[int, list[str]] = {}
        messages = "SELECT enrolment_id, step FROM talk_message WHERE state = 'sent' ORDER BY id"
        for number, step in fetch(messages):
            sent.setdefault(number, []).append(step)
        columns = ("id", "customer_id", "record_id", "status", "outcome", "step")
        return [
            (
                place[customer],
                place[record or customer],
                STATUS[status],
                outcome,
                step,
                sent.get(number, []),
            )
            for number, customer, record, status, outcome, step in Enrolment.objects.order_by(
                "id"
            ).values_list(*columns)
        ]

    def in_model(self) -> list[tuple[object, ...]]:
        """Return the same of the model."""
        return [
            (
                row.customer,
                row.record,
                row.state.status,
                row.state.outcome,
                row.state.step,
                [letter.step for letter in row.letters if letter.state == "sent"],
            )
            for row in self.town.rows
        ]
