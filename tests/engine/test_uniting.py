"""Law 16: two customers become one, and two again."""

from __future__ import annotations

from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from keskio.engine.dialogue import signals as s
from keskio.engine.dialogue.program import Program
from tests.engine.making import ask, finish, program_of, send
from tests.engine.programs import MINUTES, SAID
from tests.engine.test_laws import SEEDS, two
from tests.engine.town import Row, Town

DAY = 24 * 60
WAIT = {"kind": "wait", "for": "1 day", "outcomes": {"timeout": "second"}}


def three(**more: object) -> Program:
    """Return a dialogue of two messages with a day between them."""
    steps = {
        "first": send(outcomes={"sent": "pause"}),
        "pause": WAIT,
        "second": send(outcomes={"sent": "end"}),
    }
    return program_of(steps, **more)


def town(program: Program, *, count: int = 2) -> Town:
    return Town([program], count)


def enter(place: Town, record: int) -> Row:
    place.enter(record, place.programs[0], "")
    return place.rows[-1]


def sent(row: Row) -> list[str]:
    return [letter.step for letter in row.letters if letter.state == "sent"]


def test_who_has_come_further_stays_and_nothing_is_sent_twice() -> None:
    place = town(three())
    ahead = enter(place, 1)
    place.send()
    behind = enter(place, 2)
    place.merge(1, 2)
    assert (ahead.customer, ahead.left_at, behind.state.outcome) == (2, None, "merged")
    place.pass_time(DAY)
    place.send()
    assert (sent(ahead), sent(behind)) == (["first", "second"], [])


def test_of_two_who_have_come_as_far_the_one_who_came_first_stays() -> None:
    place = town(three())
    first = enter(place, 2)
    place.pass_time(5)
    second = enter(place, 1)
    place.merge(1, 2)
    assert (first.state.status, second.state.status) == ("waiting", "exited")


def test_what_has_left_is_not_sent_again_by_the_one_who_stays() -> None:
    place = town(three())
    one = enter(place, 1)
    place.pass_time(1)
    other = enter(place, 2)
    other.letters[0].state = "sent"  # the report of it is under way
    place.merge(2, 1)
    assert [letter.state for letter in one.letters] == ["withdrawn"]
    assert (one.state.step, other.state.outcome) == ("pause", "merged")
    place.pass_time(DAY)
    place.send()
    assert (sent(one), sent(other)) == (["second"], ["first"])


def test_a_question_that_the_person_has_had_stands_open_without_being_sent() -> None:
    steps = {
        "which": {
            "kind": "branch",
            "branches": {"here": {"trait": "town", "is": "Oulu"}},
            "outcomes": {"here": "hello", "else": "hello"},
        },
        "hello": send(outcomes={"sent": "pause"}),
        "pause": {"kind": "wait", "for": "1 day", "outcomes": {"timeout": "question"}},
        "question": ask(outcomes={"A": "yes", "B": "end", "none": "end"}),
        "yes": finish("yes"),
    }
    place = town(program_of(steps))
    behind, ahead = enter(place, 2), enter(place, 1)
    place.send()
    ahead.state = msgspec.structs.replace(ahead.state, visit=9)  # it has been round and further
    place.pass_time(0)
    behind.letters.append(type(behind.letters[0])(7, "question", "sms", "sent"))
    place.merge(2, 1)
    assert ahead.state.told == {"question": "sms"}
    place.pass_time(DAY)
    assert (ahead.state.step, ahead.state.phase, ahead.state.told) == ("question", "answer", {})
    assert "question" not in {letter.step for letter in ahead.letters}
    place.move(ahead, s.Replied(place.now + 1, "sms", "A"))
    assert ahead.state.outcome == "yes"


def test_parting_gives_back_what_was_each_ones() -> None:
    place = town(three())
    ahead = enter(place, 1)
    place.send()
    behind = enter(place, 2)
    place.send()
    before = behind.state
    place.merge(1, 2)
    place.part(0)
    assert (ahead.customer, behind.customer) == (1, 2)
    assert behind.state == before
    place.pass_time(2 * DAY)
    place.send()
    assert sent(ahead) == sent(behind) == ["first", "second"]


def test_what_was_claimed_and_taken_back_is_proposed_anew_after_parting() -> None:
    place = town(three())
    enter(place, 1)
    place.send()
    behind = enter(place, 2)
    place.merge(1, 2)
    place.pass_time(60)
    place.part(0)
    place.pass_time(0)
    place.send()
    assert [(one.step, one.state) for one in behind.letters] == [
        ("first", "withdrawn"),
        ("first", "sent"),
    ]


def test_what_it_waited_for_has_passed_so_it_stays_ended() -> None:
    place = town(three())
    enter(place, 1)
    place.send()
    place.pass_time(1)
    late = enter(place, 2)
    place.send()
    place.merge(2, 1)
    place.pass_time(3 * DAY)
    place.part(0)
    assert (late.customer, late.state.status, late.state.outcome) == (2, "exited", "merged")


def test_who_has_been_through_it_does_not_go_through_it_again_as_another() -> None:
    place = town(three())
    through = enter(place, 1)
    place.send()
    place.pass_time(DAY)
    place.send()
    assert through.state.status == "ended"
    begun = enter(place, 2)
    place.merge(2, 1)
    assert begun.state.outcome == "merged"


@pytest.mark.parametrize("reentry", ["after_end", "always"])
def test_who_may_come_again_goes_on_as_another_would(reentry: str) -> None:
    place = town(three(reentry=reentry))
    enter(place, 1)
    place.send()
    place.pass_time(DAY)
    place.send()
    again = enter(place, 2)
    place.merge(2, 1)
    place.send()
    assert sent(again) == ["first"]


class Uniting(RuleBasedStateMachine):
    """Four people in two dialogues become one another and part, while the dialogues go on."""

    @initialize(seed=SEEDS)
    def begin(self, seed: int) -> None:
        self.town = Town(some(seed), 4)
        for record in range(1, 5):
            self.enter(record, "")
            self.live(Random(seed + record).randint(0, 5), seed)

    @rule(record=st.integers(1, 4), thing=st.sampled_from(["", "", "A"]))
    def enter(self, record: int, thing: str) -> None:
        for program in self.town.programs:
            self.town.enter(record, program, thing)

    @rule(times=st.integers(1, 5), seed=SEEDS)
    def live(self, times: int, seed: int) -> None:
        """Let the dialogues go on for a while, as their customers would."""
        dice = Random(seed)
        for _ in range(times):
            live(self.town, dice)

    @rule()
    def send(self) -> None:
        self.town.send()

    @rule(minutes=st.sampled_from(MINUTES))
    def pass_time(self, minutes: int) -> None:
        self.town.pass_time(minutes)

    @rule(which=st.integers(0, 20), text=st.sampled_from(["A", "b", "mitä?", "joo"]))
    def reply(self, which: int, text: str) -> None:
        asked = [row for row in self.town.rows if row.left_at is None]
        if asked:
            row = asked[which % len(asked)]
            self.town.move(row, s.Replied(self.town.now, row.state.channel or "sms", text))

    @rule(which=st.integers(0, 20), name=st.sampled_from(["Paid", "Bought", "Sold"]))
    def happen(self, which: int, name: str) -> None:
        going = [row for row in self.town.rows if row.left_at is None]
        if going:
            self.town.move(going[which % len(going)], s.Happened(self.town.now, name, {}))

    @rule(which=st.integers(0, 20), result=st.sampled_from(["done", "declined"]))
    def finish_task(self, which: int, result: str) -> None:
        busy = [row for row in self.town.rows if row.state.phase == "task"]
        if busy:
            row = busy[which % len(busy)]
            self.town.move(row, s.Answered(self.town.now, row.state.visit, result))

    @rule(one=st.integers(1, 4), other=st.integers(1, 4))
    def merge(self, one: int, other: int) -> None:
        gone, into = self.town.now_is[one], self.town.now_is[other]
        if gone != into:
            self.town.merge(gone, into)

    @precondition(lambda self: hasattr(self, "town") and self.town.merges)
    @rule(which=st.integers(0, 5))
    def part(self, which: int) -> None:
        self.town.part(which % len(self.town.merges))

    @rule(one=st.integers(1, 4), other=st.integers(1, 4))
    def merge_and_part_at_once(self, one: int, other: int) -> None:
        """Un-merging restores: what was open is open, at its step and with its question."""
        gone, into = self.town.now_is[one], self.town.now_is[other]
        if gone == into:
            return
        before = [standing(row) for row in self.town.rows]
        self.town.merge(gone, into)
        moved = {row.id for row in self.town.rows if row.passed_by}
        self.town.part(len(self.town.merges) - 1)
        for row, was in zip(self.town.rows, before, strict=True):
            if row.id not in moved:
                assert standing(row) == was

    @invariant()
    def the_law_holds(self) -> None:
        if hasattr(self, "town"):
            self.town.hold()


def standing(row: Row) -> tuple[object, ...]:
    """Return where an enrolment stands, but for the number of the visit that is tried again."""
    question = row.state.question
    return (
        row.customer,
        row.state.status,
        row.state.outcome,
        row.state.step,
        None if question is None else (question.step, question.until),
        row.state.variables,
        row.state.told,
    )


def some(seed: int) -> list[Program]:
    """Return two dialogues; in one of them people go round, each by a way of their own."""
    steps = {
        "menu": ask(channel=["sms"], outcomes={"A": "a", "B": "b", "none": "c", "other": "back"}),
        "a": send(outcomes={"sent": "rest"}),
        "b": send(outcomes={"sent": "rest"}),
        "c": send(outcomes={"sent": "rest"}),
        "rest": {"kind": "wait", "for": "6 hours", "outcomes": {"timeout": "menu"}},
    }
    reentry = ["never", "always", "after_end"][seed % 3]
    return [two(seed)[0], program_of(steps, key="round", reentry=reentry)]


def live(town: Town, dice: Random) -> None:
    """Do to somebody what their dialogue waits for."""
    going = [row for row in town.rows if row.left_at is None]
    if not going or dice.random() < 0.2:
        town.pass_time(dice.choice(MINUTES))
        return
    row = dice.choice(going)
    state = row.state
    if state.phase == "result":
        town.send_of(row)
    elif state.question is not None:
        town.move(row, s.Replied(town.now, state.channel, dice.choice(SAID)))
    elif state.phase == "task":
        town.move(row, s.Answered(town.now, state.visit, "done"))
    else:
        town.move(row, s.Happened(town.now, "Paid", {"total": 1}))


@given(SEEDS, st.integers(50, 250))
def test_merges_and_partings_in_any_order_keep_the_law(seed: int, length: int) -> None:
    dice = Random(seed)
    town = Town(some(seed), 4)
    for _ in range(length):
        kind = dice.choice(["live"] * 24 + ["enter"] * 3 + ["send", "merge", "merge", "part"])
        if kind == "live":
            live(town, dice)
        elif kind == "enter":
            town.enter(dice.randint(1, 4), dice.choice(town.programs), dice.choice(["", "", "A"]))
        elif kind == "send":
            town.send()
        elif kind == "part" and town.merges:
            town.part(dice.randrange(len(town.merges)))
        elif kind == "merge":
            gone, into = (town.now_is[dice.randint(1, 4)] for _ in range(2))
            if gone != into:
                town.merge(gone, into)
        town.hold()


TestUniting = Uniting.TestCase
TestUniting.settings = settings(max_examples=40, stateful_step_count=30)
