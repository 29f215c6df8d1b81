"""Splits, control groups, calls, other dialogues, typed answers, states of things."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from keskio.engine.answers import read_answer
from keskio.engine.dialogue import effects as do
from keskio.engine.dialogue import routing as r
from keskio.engine.dialogue.facts import Facts
from keskio.engine.dialogue.signals import Called, Entered, Happened, Judged, Replied, Started
from keskio.engine.draws import arm_of, position_of
from tests.engine.making import AINO, DAY, HOUR, MONDAY, Led, ask, at, finish, program_of, send

T = MONDAY
PEOPLE = [str(number) for number in range(4000)]


def named(who: str) -> Facts:
    return msgspec.structs.replace(AINO, who=who)


# shares


def test_a_split_draws_the_same_arm_for_ever_and_tells_it() -> None:
    program = program_of(
        {
            "which": {
                "kind": "split",
                "arms": {"a": "50 %", "b": 50},
                "outcomes": {"a": "a", "b": "b"},
            },
            "a": finish("a"),
            "b": finish("b"),
        }
    )
    drawn = {}
    for who in PEOPLE[:400]:
        one = Led(program, named(who))
        one.enter()
        drawn[who] = one.state.outcome
        assert one.taken is not None
        assert one.taken.effects[0] == do.Record(
            "which", "dialogue.arm", {"experiment": "test/which", "arm": one.state.outcome}
        )
    assert drawn == {who: arm_of("test/which", who, {"a": 50, "b": 50}) for who in PEOPLE[:400]}
    assert 150 < sum(arm == "a" for arm in drawn.values()) < 250


def test_changing_shares_moves_only_the_needed_fraction() -> None:
    before = {who: arm_of("x", who, {"a": 50, "b": 30, "c": 20}) for who in PEOPLE}
    after = {who: arm_of("x", who, {"a": 50, "b": 30, "c": 40}) for who in PEOPLE}
    moved = {who for who in PEOPLE if before[who] != after[who]}
    assert {after[who] for who in moved} == {"c"}
    # c grows from 20 of 100 to 40 of 120: from a fifth to a third
    assert abs(len(moved) / len(PEOPLE) - (1 / 3 - 1 / 5)) < 0.02


def test_a_larger_share_keeps_everybody_of_the_smaller_one() -> None:
    small = {who for who in PEOPLE if position_of("x", who) < 0.1}
    large = {who for who in PEOPLE if position_of("x", who) < 0.2}
    assert small < large
    assert abs(len(large) / len(PEOPLE) - 0.2) < 0.02


def test_an_arm_without_a_share_gets_nobody() -> None:
    assert {arm_of("x", who, {"a": 1, "b": 0}) for who in PEOPLE[:50]} == {"a"}
    with pytest.raises(ValueError, match="no arm"):
        arm_of("x", "aino", {"a": 0})


def test_the_control_group_is_held_out_before_anything_is_done() -> None:
    program = program_of({"hello": send()}, control="25 %")
    outcomes = []
    for who in PEOPLE[:800]:
        one = Led(program, named(who))
        one.enter()
        outcomes.append(one.state.outcome)
    held_out = outcomes.count("control")
    assert 150 < held_out < 250
    assert held_out == sum(position_of("test/control", who) < 0.25 for who in PEOPLE[:800])


# other systems, other dialogues


CALLING = program_of(
    {
        "book": {
            "kind": "call",
            "connection": "workshop",
            "body": {"name": "{{ customer.first_name }}"},
            "within": "1 hour",
            "as": "booked",
            "outcomes": {"ok": "done", "refused": "no", "failed": "late"},
        },
        "done": finish("done"),
        "no": finish("no"),
        "late": finish("late"),
    }
)


def test_a_call_waits_for_its_answer_and_keeps_it() -> None:
    one = Led(CALLING)
    assert one.enter() == ("CallOut SetTimer", "", "book:call")
    assert one.take(Called(T + 1, 9, "ok"))[1] == "moved_on"
    assert one.take(Called(T + 2, one.state.visit, "ok", {"time": "9"}))[2] == "ended done"
    assert one.state.variables["booked"] == {"time": "9"}


@pytest.mark.parametrize(("outcome", "end"), [("refused", "no"), ("failed", "late")])
def test_a_call_that_comes_to_nothing_has_its_ways(outcome: str, end: str) -> None:
    one = Led(CALLING)
    one.enter()
    assert one.take(Called(T + 2, one.state.visit, outcome))[2] == f"ended {end}"


def test_a_call_that_nobody_answers_has_failed_by_its_limit() -> None:
    one = Led(CALLING)
    one.enter()
    assert one.due() == ("End", "call_unanswered", "ended late")


@pytest.mark.parametrize("outcome", ["started", "refused"])
def test_another_dialogue_is_started_or_refuses(outcome: str) -> None:
    program = program_of(
        {
            "care": {
                "kind": "start",
                "dialogue": "care",
                "with": {"car": "$car", "by": "shop"},
                "outcomes": {"started": "started", "refused": "refused"},
            },
            "started": finish("started"),
            "refused": finish("refused"),
        },
        trigger={"event": "Ordered", "keep": ["car"]},
    )
    one = Led(program)
    one.enter(properties={"car": "ABC-1"})
    assert one.taken is not None
    assert one.taken.effects == (
        do.StartDialogue("care", 1, "care", {"car": "ABC-1", "by": "shop"}),
    )
    assert one.take(Started(T, 1, outcome))[2] == f"ended {outcome}"


# answers that have a value


READINGS = program_of(
    {
        "measure": ask(
            choices={"K": {}},
            answer={
                "kind": "readings",
                "count": 2,
                "as": "pressure",
                "at_least": 30,
                "at_most": 300,
            },
            outcomes={"K": "taken", "answer": "measured", "other": "back", "none": "end"},
        ),
        "taken": finish("taken"),
        "measured": finish("measured"),
    }
)


def test_an_answer_s_value_is_read_kept_and_told() -> None:
    one = Led(READINGS)
    one.enter()
    one.let_go()
    assert one.take(Replied(T + HOUR, "sms", "142/88 aamulla"))[2] == "ended measured"
    assert one.state.variables["pressure"] == [142.0, 88.0]
    assert one.taken is not None
    assert one.taken.effects[0] == do.Record(
        "measure", "dialogue.answered", {"choice": "answer", "value": [142.0, 88.0]}
    )


def test_a_choice_beside_a_value_is_told_too_and_nonsense_is_not_understood() -> None:
    one = Led(READINGS)
    one.enter()
    one.let_go()
    assert one.take(Replied(T + HOUR, "sms", "1420/88"))[2] == "measure:answer"
    assert one.take(Replied(T + HOUR, "sms", "k."))[2] == "ended taken"
    assert one.taken is not None
    assert one.taken.effects[0] == do.Record("measure", "dialogue.answered", {"choice": "K"})


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("7", "number", 7.0),
        ("n. 7,5 kg", "number", 7.5),
        ("-3", "number", -3.0),
        ("7 tai 8", "number", None),
        ("seitsemän", "number", None),
        ("tilausnumeroni on A-1000 ja odotan yhä", "number", None),
        ("142 / 88", "readings", [142.0, 88.0]),
        ("142/88/70", "readings", None),
        ("1.12.2026", "date", "2026-12-01"),
        ("2026-12-01", "date", "2026-12-01"),
        ("31.2.2026", "date", None),
        ("1.12.2026 tai 2.12.2026", "date", None),
        ("klo 9.30", "time", "09:30"),
        ("klo 8", "time", "08:00"),
        ("25:00", "time", None),
        ("  Kiitos,\n hyvin! ", "text", "Kiitos, hyvin!"),
        ("   ", "text", None),
    ],
)
def test_answers_are_read_as_people_write_them(text: str, kind: str, value: Any) -> None:
    assert read_answer(text, kind, count=2 if kind == "readings" else 1) == value


# states of things


def test_a_wait_goes_on_when_a_state_of_things_has_come() -> None:
    program = program_of(
        {
            "wait": {
                "kind": "wait",
                "for": "9 days",
                "events": {"gold": {"when": {"trait": "level", "is": "gold"}}},
                "outcomes": {"gold": "end", "timeout": "late"},
            },
            "late": finish("late"),
        }
    )
    assert {"customer.identified", "customer.updated", "customer.computed"} <= program.names
    already = Led(program, msgspec.structs.replace(AINO, traits={"level": "gold"}))
    assert already.enter()[2] == "ended wait.gold"
    one = Led(program)
    one.enter()
    assert one.take(Happened(T + 1, "customer.updated"))[1] == "not_awaited"
    one.facts = msgspec.structs.replace(AINO, traits={"level": "gold"})
    assert one.take(Happened(T + 2, "customer.updated"))[2] == "ended wait.gold"


def test_a_dialogue_is_left_before_the_next_message_when_its_exit_holds() -> None:
    program = program_of(
        {
            "wait": {"kind": "wait", "for": "1 day", "outcomes": {"timeout": "hello"}},
            "hello": send(),
        },
        exit=[{"when": {"trait": "has_complained", "is": True}}],
    )
    one = Led(program)
    one.enter()
    one.facts = msgspec.structs.replace(AINO, traits={"has_complained": True})
    assert one.due() == ("CancelMessages End", "", "exited exit_condition")


def test_a_goal_that_ends_nothing_is_told_each_time() -> None:
    program = program_of(
        {"wait": {"kind": "wait", "for": "9 days"}},
        goal={"event": "Ordered", "value": "total", "within": "30 days", "ends": False},
    )
    one = Led(program)
    one.enter()
    assert one.take(Happened(T + DAY, "Ordered", {"total": 50})) == (
        "Record",
        "not_awaited",
        "wait:time",
    )
    assert one.taken is not None
    assert one.taken.effects == (do.Record("wait", "dialogue.goal", {"value": 50}),)


def test_lists_are_added_to_and_taken_from() -> None:
    program = program_of(
        {
            "tag": {
                "kind": "update",
                "traits": {"asked": True},
                "add": {"interests": "$topic"},
                "remove": {"tags": "cold"},
                "outcomes": {"done": "end"},
            }
        },
        trigger={"event": "Asked", "keep": ["topic"]},
    )
    facts = msgspec.structs.replace(AINO, traits={"interests": "music", "tags": ["cold", "old"]})
    one = Led(program, facts)
    one.enter(properties={"topic": "film"})
    assert one.taken is not None
    assert one.taken.effects[0] == do.SetTraits(
        "tag", {"asked": True, "interests": ["music", "film"], "tags": ["old"]}
    )


def test_the_preferred_channel_comes_first_but_a_conversation_stays_where_it_is() -> None:
    program = program_of({"hello": send(channel={"preferred": ["sms", "email"]})})
    facts = msgspec.structs.replace(AINO, traits={"preferred_channel": "email"})

    def channels(**entered: Any) -> tuple[str, ...]:
        one = Led(program, facts)
        one.enter(**entered)
        assert one.taken is not None
        (message,) = [e for e in one.taken.effects if isinstance(e, do.SendMessage)]
        return message.channels

    assert channels() == ("email", "sms")
    assert channels(channel="sms") == ("sms", "email")


def test_working_hours_run_only_while_people_work() -> None:
    program = program_of(
        {
            "call": {
                "kind": "task",
                "text": "Soita",
                "due": {"working_hours": 2},
                "outcomes": {"done": "end", "declined": "end", "overdue": "end"},
            }
        }
    )
    one = Led(program)
    one.enter(at("2026-03-06T15:00"))  # a Friday: an hour is left of it
    assert [timer.due for timer in one.state.timers] == [at("2026-03-09T09:00")]


def test_a_trigger_counts_what_came_before() -> None:
    program = program_of(
        {"hello": send()},
        trigger={
            "event": "Viewed",
            "count": {"at_least": 3, "in": "14 days", "distinct": "visit", "same": "model"},
        },
    )
    from keskio.engine.conditions import Happening

    def comes(*seen: tuple[int, str, str]) -> bool:
        events = [Happening(T - days * DAY, {"visit": v, "model": m}) for days, v, m in seen]
        facts = msgspec.structs.replace(AINO, events={"Viewed": sorted(events, key=lambda e: e.at)})
        happening = r.Happening(1, T, "Viewed", {"visit": "v0", "model": "307"})
        return bool(r.entries_for(happening, [program], answered=False, facts=lambda: facts))

    now = (0, "v0", "307")
    assert comes(now, (1, "v1", "307"), (2, "v2", "307"))
    assert not comes(now, (1, "v1", "307"), (2, "v1", "307"))  # two visits
    assert not comes(now, (1, "v1", "307"), (2, "v2", "508"))  # another model
    assert not comes(now, (1, "v1", "307"), (15, "v2", "307"))  # too long ago


def test_the_gate_s_answer_is_awaited_by_the_visit() -> None:
    one = Led(program_of({"hello": send()}))
    one.take(Entered(T))
    assert one.take(Judged(T, 7, "send"))[1] == "moved_on"
