"""The table of publishing: each edit, for those before the step, at it and past it. Pure and fast."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from keskio.engine.dialogue.effects import SendMessage
from keskio.engine.dialogue.enrolment import Enrolment
from keskio.engine.dialogue.migrating import (
    Instruction,
    Migrated,
    Plan,
    can_follow,
    comes_before,
    migrate,
)
from keskio.engine.dialogue.program import Program
from keskio.engine.dialogue.signals import Due, Entered, Happened, Judged, Replied, Reported
from keskio.engine.dialogue.step import step
from tests.engine.making import AINO, DAY, HOUR, MONDAY, Led, ask, finish, program_of, send

FOLLOW, STAY, EXIT = Instruction(), Instruction("stay"), Instruction("exit")
AT_ONCE = Instruction(due_now=True)
Told = list[tuple[str, str, float]]


def version(**changes: Any) -> Program:
    """Return the dialogue of these tests, with some of its steps changed (None: left out)."""
    steps: dict[str, Any] = {
        "calm": {"kind": "wait", "for": "2 days"},
        "offer": send(text="Tarjous", outcomes={"sent": "think"}),
        "think": {"kind": "wait", "for": "10 days", "outcomes": {"timeout": "remind"}},
        "remind": send(text="Muistutus", outcomes={"sent": "rest"}),
        "rest": {"kind": "wait", "for": "3 days", "outcomes": {"timeout": "bye"}},
        "bye": send(text="Näkemiin", outcomes={"sent": "end"}),
    }
    settings = {name: changes.pop(name) for name in ("trigger", "reentry") if name in changes}
    for key, change in changes.items():
        steps[key.replace("_", "-")] = change
    return program_of({key: one for key, one in steps.items() if one is not None}, **settings)


def answered(program: Program, state: Enrolment, now: int, told: Told) -> Enrolment:
    """Let the gate send everything that is proposed and the provider take it."""
    while state.phase in ("verdict", "result"):
        if state.phase == "verdict":
            text = program.steps[state.step].message.texts["fi"]  # type: ignore[attr-defined]
            told.append((state.step, text, (now - MONDAY) / DAY))
            signal: Any = Judged(now, state.visit, "send", channel="sms")
        else:
            signal = Reported(now, state.visit, "sent")
        state = step(program, state, signal, AINO, now).enrolment
    return state


def led_to(place: str, program: Program) -> tuple[Enrolment, int]:
    """Return somebody who came in on Monday and is at `place` now, and the present moment."""
    state = step(program, Enrolment(), Entered(MONDAY), AINO, MONDAY).enrolment
    now = MONDAY
    for _ in range(20):
        if state.step == place:
            return state, now + HOUR
        state, now = fired(program, state, [])
    raise AssertionError(f"nobody comes to {place}")


def fired(program: Program, state: Enrolment, told: Told, now: int = 0) -> tuple[Enrolment, int]:
    """Let the earliest timer come due, not before `now`."""
    timer = min(state.timers)
    now = max(now, timer.due)
    after = step(program, state, Due(timer.due, timer.kind, timer.visit), AINO, now).enrolment
    return answered(program, after, now, told), now


def what_comes(program: Program, state: Enrolment, now: int) -> Told:
    """Return (step, text, days since Monday) of every message that comes from now on."""
    told: Told = []
    state = answered(program, state, now, told)
    for _ in range(20):
        if state.is_over:
            return told
        state, now = fired(program, state, told, now)
    raise AssertionError("the dialogue does not come to an end")


BEFORE, AT, PAST = "calm", "think", "rest"
SAME: dict[str, Told] = {
    BEFORE: [("offer", "Tarjous", 2), ("remind", "Muistutus", 12), ("bye", "Näkemiin", 15)],
    AT: [("remind", "Muistutus", 12), ("bye", "Näkemiin", 15)],
    PAST: [("bye", "Näkemiin", 15)],
}
THINK = {"kind": "wait", "outcomes": {"timeout": "remind"}}
EDITS: dict[str, tuple[dict[str, Any], dict[str, Told]]] = {
    "text of a message": (
        {"remind": send(text="Uusi", outcomes={"sent": "rest"})},
        {
            BEFORE: [("offer", "Tarjous", 2), ("remind", "Uusi", 12), ("bye", "Näkemiin", 15)],
            AT: [("remind", "Uusi", 12), ("bye", "Näkemiin", 15)],
            PAST: [("bye", "Näkemiin", 15)],
        },
    ),
    "delay made shorter": (
        {"think": {**THINK, "for": "5 days"}},
        {
            BEFORE: [("offer", "Tarjous", 2), ("remind", "Muistutus", 7), ("bye", "Näkemiin", 10)],
            AT: [("remind", "Muistutus", 7), ("bye", "Näkemiin", 10)],
            PAST: [("bye", "Näkemiin", 15)],
        },
    ),
    "delay made longer": (
        {"think": {**THINK, "for": "20 days"}},
        {
            BEFORE: [("offer", "Tarjous", 2), ("remind", "Muistutus", 22), ("bye", "Näkemiin", 25)],
            AT: [("remind", "Muistutus", 22), ("bye", "Näkemiin", 25)],
            PAST: [("bye", "Näkemiin", 15)],
        },
    ),
    "step added": (
        {
            "think": {**THINK, "for": "10 days", "outcomes": {"timeout": "hint"}},
            "hint": send(text="Vihje", outcomes={"sent": "remind"}),
        },
        {
            BEFORE: [
                ("offer", "Tarjous", 2),
                ("hint", "Vihje", 12),
                ("remind", "Muistutus", 12),
                ("bye", "Näkemiin", 15),
            ],
            AT: [("hint", "Vihje", 12), ("remind", "Muistutus", 12), ("bye", "Näkemiin", 15)],
            PAST: [("bye", "Näkemiin", 15)],
        },
    ),
    "step removed": (
        {"think": None, "offer": send(text="Tarjous", outcomes={"sent": "remind"})},
        {
            BEFORE: [("offer", "Tarjous", 2), ("remind", "Muistutus", 2), ("bye", "Näkemiin", 5)],
            AT: SAME[AT],  # nobody has said where they go: they stay on their version
            PAST: [("bye", "Näkemiin", 15)],
        },
    ),
    "outcome rewired": (
        {"think": {**THINK, "for": "10 days", "outcomes": {"timeout": "rest"}}},
        {
            BEFORE: [("offer", "Tarjous", 2), ("bye", "Näkemiin", 15)],
            AT: [("bye", "Näkemiin", 15)],
            PAST: [("bye", "Näkemiin", 15)],
        },
    ),
    "trigger": ({"trigger": {"event": "Other"}}, SAME),
    "re-entry": ({"reentry": "always"}, SAME),
    "nothing": ({}, SAME),
}


@pytest.mark.parametrize("place", [BEFORE, AT, PAST])
@pytest.mark.parametrize("edit", EDITS)
def test_the_table_of_publishing(edit: str, place: str) -> None:
    changes, expected = EDITS[edit]
    old, new = version(), version(**changes)
    state, now = led_to(place, old)
    moved = migrate(old, new, state, FOLLOW, AINO, now)
    goes_on = old if moved.verdict == "stayed" else new
    assert what_comes(goes_on, moved.taken.enrolment, now) == expected[place]
    assert moved.taken.enrolment.visit == state.visit
    assert not any(isinstance(effect, SendMessage) for effect in moved.taken.effects)
    assert moved.taken.passed == ()


def test_only_those_at_a_removed_step_stay_and_the_reason_says_so() -> None:
    old, new = version(), version(**EDITS["step removed"][0])
    for place, verdict in ((BEFORE, "followed"), (AT, "stayed"), (PAST, "followed")):
        state, now = led_to(place, old)
        moved = migrate(old, new, state, FOLLOW, AINO, now)
        assert moved.verdict == verdict
    assert codes(migrate(old, new, *_at(AT, old))) == ["step_gone"]
    assert (can_follow(old, new, AT), can_follow(old, new, PAST)) == (False, True)


def _at(place: str, program: Program, by: Instruction = FOLLOW, later: int = 0) -> tuple[Any, ...]:
    state, now = led_to(place, program)
    return state, by, AINO, now + later


def codes(moved: Migrated) -> list[str]:
    """Return the codes of the reasons."""
    return [reason.code for reason in moved.taken.reasons]


# Deadlines


@pytest.mark.parametrize(
    ("by", "deadline", "due"),
    [
        (FOLLOW, "kept", 12),  # the new one, day 3, is past: she keeps the old
        (AT_ONCE, "due_now", 6),  # only if the plan says so
    ],
)
def test_a_deadline_never_goes_into_the_past(by: Instruction, deadline: str, due: int) -> None:
    old, new = version(), version(think={**THINK, "for": "1 day"})
    state, _ = led_to(AT, old)
    moved = migrate(old, new, state, by, AINO, MONDAY + 6 * DAY)
    assert moved.deadline == deadline
    assert [timer.due for timer in moved.taken.enrolment.timers] == [MONDAY + due * DAY]


def test_a_deadline_where_there_was_none_is_counted_from_now_when_it_would_be_past() -> None:
    waits = {**THINK, "events": {"bought": "Bought"}, "outcomes": {"bought": "end"}}
    old, new = version(think=waits), version(think={**waits, "for": "1 day"})
    state = led_to(AT, version())[0]
    state = msgspec.structs.replace(state, timers=())
    soon = migrate(old, new, state, FOLLOW, AINO, MONDAY + 2 * DAY + HOUR)
    late = migrate(old, new, state, FOLLOW, AINO, MONDAY + 6 * DAY)
    assert [(one.deadline, one.taken.enrolment.due) for one in (soon, late)] == [
        ("recomputed", MONDAY + 3 * DAY),
        ("from_now", MONDAY + 7 * DAY),
    ]
    back = migrate(new, old, soon.taken.enrolment, FOLLOW, AINO, MONDAY + 2 * DAY + HOUR)
    assert (back.deadline, back.taken.enrolment.timers) == ("recomputed", ())


def test_a_deadline_that_cannot_be_counted_leaves_her_where_she_is() -> None:
    old, new = version(), version(think={**THINK, "until": "$party"}, trigger={"hand": True})
    moved = migrate(old, new, *_at(AT, old))
    assert (moved.verdict, codes(moved)) == ("stayed", ["deadline_unknown"])


def test_a_fixed_day_that_is_past_is_no_deadline() -> None:
    waits = {**THINK, "events": {"bought": "Bought"}, "outcomes": {"bought": "end"}}
    old, new = version(think=waits), version(think={**waits, "until": "2026-03-01"})
    state = msgspec.structs.replace(led_to(AT, version())[0], timers=())
    moved = migrate(old, new, state, FOLLOW, AINO, MONDAY + 6 * DAY)
    assert (moved.verdict, codes(moved)) == ("stayed", ["deadline_past"])


# Questions and held messages


def asking(**more: Any) -> Program:
    """Return a question whose odd answers lead over a guide back to it."""
    steps: dict[str, Any] = {
        "q": ask(outcomes={"A": "yes", "B": "end", "other": "guide", "none": "no"}, **more),
        "guide": {"kind": "wait", "for": "1 hour", "outcomes": {"timeout": "back"}},
        "yes": finish("yes"),
        "no": finish("no"),
    }
    return program_of(steps)


def asked(program: Program) -> Led:
    led = Led(program)
    led.enter()
    led.let_go()
    return led


def test_an_open_question_stays_open_and_its_deadline_is_counted_from_when_it_was_asked() -> None:
    old, new = asking(), asking(**{"for": "4 days"})
    led = asked(old)
    moved = migrate(old, new, led.state, FOLLOW, AINO, MONDAY + DAY)
    question = moved.taken.enrolment.question
    assert question is not None
    assert (question.until, moved.taken.enrolment.due) == (MONDAY + 4 * DAY,) * 2
    assert moved.deadline == "recomputed"
    said = Replied(MONDAY + 3 * DAY, "sms", "A")
    answer = step(new, moved.taken.enrolment, said, AINO, said.at)
    assert answer.enrolment.outcome == "yes"


def test_a_question_that_stands_beside_is_closed_when_nobody_asks_it_any_more() -> None:
    old = asking()
    new = program_of(
        {
            "guide": {"kind": "wait", "for": "1 hour", "outcomes": {"timeout": "later"}},
            "later": {"kind": "wait", "for": "1 day"},
        }
    )
    led = asked(old)
    led.take(Replied(MONDAY + HOUR, "sms", "mitä?"))
    assert (led.state.step, led.state.question is None) == ("guide", False)
    moved = migrate(old, new, led.state, FOLLOW, AINO, MONDAY + HOUR)
    assert codes(moved) == ["followed_change", "question_gone"]
    assert moved.taken.enrolment.question is None
    assert [timer.kind for timer in moved.taken.enrolment.timers] == ["deadline"]


def test_a_held_message_waits_on_and_goes_with_the_new_text() -> None:
    old, new = version(), version(offer=send(text="Uusi", outcomes={"sent": "think"}))
    state, _ = led_to(BEFORE, old)
    timer = min(state.timers)
    state = step(old, state, Due(timer.due, timer.kind, timer.visit), AINO, timer.due).enrolment
    held = Judged(timer.due, state.visit, "hold", "quiet_hours", until=timer.due + HOUR)
    state = step(old, state, held, AINO, timer.due).enrolment
    moved = migrate(old, new, state, FOLLOW, AINO, timer.due + 60)
    assert moved.taken.enrolment == state
    assert what_comes(new, moved.taken.enrolment, timer.due)[0][1] == "Uusi"


def test_a_claimed_message_is_not_sent_again_and_its_report_leads_on_in_the_new_version() -> None:
    old, new = version(), version(offer=send(text="Uusi", outcomes={"sent": "rest"}))
    state, _ = led_to(BEFORE, old)
    state, now = fired_until_claimed(old, state)
    moved = migrate(old, new, state, FOLLOW, AINO, now)
    assert (moved.verdict, moved.taken.enrolment, moved.taken.effects) == ("followed", state, ())
    after = step(new, moved.taken.enrolment, Reported(now, state.visit, "sent"), AINO, now)
    assert after.enrolment.step == "rest"


def fired_until_claimed(program: Program, state: Enrolment) -> tuple[Enrolment, int]:
    timer = min(state.timers)
    state = step(program, state, Due(timer.due, timer.kind, timer.visit), AINO, timer.due).enrolment
    judged = Judged(timer.due, state.visit, "send", channel="sms")
    return step(program, state, judged, AINO, timer.due).enrolment, timer.due


# Stay, move, exit


def test_who_stays_is_untouched() -> None:
    old = version()
    state, _ = led_to(AT, old)
    moved = migrate(old, version(), state, STAY, AINO, MONDAY + 6 * DAY)
    assert moved.taken.enrolment is state
    assert (moved.verdict, codes(moved)) == ("stayed", ["stays_by_plan"])


def test_a_move_enters_the_named_step_now() -> None:
    old, new = version(), version(**EDITS["step removed"][0])
    state, now = led_to(AT, old)
    moved = migrate(old, new, state, Instruction("move", "rest"), AINO, now)
    after = moved.taken.enrolment
    assert (moved.verdict, after.step, after.visit, after.since) == (
        "moved",
        "rest",
        state.visit + 1,
        now,
    )
    assert (codes(moved), moved.taken.passed, moved.is_reversible) == (
        ["moved_by_change"],
        (),
        True,
    )
    assert after.due == now + 3 * DAY


def test_a_move_to_a_message_proposes_it_and_cannot_be_undone() -> None:
    old, new = version(), version(**EDITS["step removed"][0])
    state, now = led_to(AT, old)
    moved = migrate(old, new, state, Instruction("move", "remind"), AINO, now)
    assert [type(effect) for effect in moved.taken.effects] == [SendMessage]
    assert (moved.taken.enrolment.step, moved.is_reversible) == ("remind", False)


def test_nobody_gets_the_message_of_a_step_twice_by_a_move() -> None:
    old, new = version(), version()
    state, now = led_to(PAST, old)
    moved = migrate(
        old, new, state, Instruction("move", "remind"), AINO, now, had={"offer", "remind"}
    )
    assert (moved.verdict, codes(moved), moved.taken.enrolment) == ("stayed", ["been_there"], state)


def test_a_move_to_a_step_that_is_not_there_moves_nobody() -> None:
    old = version()
    moved = migrate(old, version(), *_at(AT, old, Instruction("move", "nowhere")))
    assert (moved.verdict, codes(moved)) == ("stayed", ["step_gone"])


def test_a_move_away_from_a_question_closes_it() -> None:
    old = asking()
    led = asked(old)
    moved = migrate(old, old, led.state, Instruction("move", "guide"), AINO, MONDAY + HOUR)
    assert moved.taken.enrolment.question is None
    assert [timer.kind for timer in moved.taken.enrolment.timers] == ["deadline"]


def test_an_exit_ends_it_with_a_reason_and_takes_back_what_has_not_gone() -> None:
    old = version()
    moved = migrate(old, version(), *_at(AT, old, EXIT))
    assert (moved.taken.enrolment.status, moved.taken.enrolment.outcome) == (
        "exited",
        "ended_by_change",
    )
    assert [type(one).__name__ for one in moved.taken.effects] == ["CancelMessages", "End"]
    again = migrate(old, version(), moved.taken.enrolment, FOLLOW, AINO, MONDAY)
    assert (again.verdict, codes(again)) == ("stayed", ["over"])


def test_a_plan_says_what_is_done_at_each_step() -> None:
    plan = Plan({"think": EXIT}, STAY)
    assert (plan.at("think"), plan.at("rest")) == (EXIT, STAY)


def test_a_step_comes_before_another_when_no_way_leads_back() -> None:
    program = asking()
    assert comes_before(version(), "offer", "rest")
    assert not comes_before(version(), "rest", "offer")
    assert not comes_before(version(), "rest", "rest")
    assert comes_before(program, "q", "yes")
    assert not comes_before(program, "no", "yes")


def test_a_last_day_that_is_fixed_moves_and_one_that_is_counted_stays() -> None:
    def ending(ends: Any) -> Program:
        return program_of({"calm": {"kind": "wait", "for": "90 days"}}, ends=ends)

    old, new = ending({"until": "2026-04-01"}), ending({"until": "2026-05-01"})
    led = Led(old)
    led.enter()
    ends = {
        timer.kind: timer.due
        for timer in migrate(old, new, led.state, FOLLOW, AINO, MONDAY).taken.enrolment.timers
    }["ends"]
    assert ends - min(timer.due for timer in led.state.timers) == 30 * DAY
    counted = migrate(old, ending({"for": "3 days"}), led.state, FOLLOW, AINO, MONDAY)
    assert counted.taken.enrolment == led.state


def test_exits_and_goals_of_the_new_version_hold_for_those_who_follow() -> None:
    old = version()
    new = msgspec.structs.replace(version(), exits=program_of({"x": send()}, exit=["Bought"]).exits)
    state, now = led_to(AT, old)
    moved = migrate(old, new, state, FOLLOW, AINO, now)
    after = step(new, moved.taken.enrolment, Happened(now, "Bought"), AINO, now)
    assert after.enrolment.status == "exited"


# Timelines and rhythms


def care(**items: Any) -> Program:
    """Return a programme of care for a car that was delivered on Monday."""
    return program_of(
        {
            "care": {
                "kind": "timeline",
                "of": "customer.delivered_on",
                "items": items,
                "outcomes": {**dict.fromkeys(items, "tell"), "done": "end"},
            },
            "tell": send(outcomes={"sent": "care"}),
        }
    )


DRIVER = msgspec.structs.replace(AINO, traits={**AINO.traits, "delivered_on": "2026-03-02"})
LATER = MONDAY + 20 * DAY


def driving(program: Program) -> Enrolment:
    led = Led(program, DRIVER)
    led.enter()
    return led.state


def test_a_timeline_waits_for_its_next_item_as_it_is_now() -> None:
    old = care(year={"for": "12 months", "at": "10:00"})
    new = care(half={"for": "6 months", "at": "10:00"}, year={"for": "12 months", "at": "10:00"})
    moved = migrate(old, new, driving(old), FOLLOW, DRIVER, LATER)
    assert (moved.verdict, moved.deadline) == ("followed", "recomputed")
    assert moved.taken.enrolment.due == driving(new).due


def test_a_new_item_that_is_past_is_not_made_up_for() -> None:
    old = care(year={"for": "12 months", "at": "10:00"})
    new = care(
        welcome={"for": "3 days", "at": "10:00", "window": "60 days"},
        year={"for": "12 months", "at": "10:00"},
    )
    state = driving(old)
    moved = migrate(old, new, state, AT_ONCE, DRIVER, LATER)
    assert moved.taken.enrolment.places == {"care": ["welcome"]}
    assert moved.taken.enrolment.timers == state.timers


def test_an_item_moved_into_the_past_is_due_now_only_if_the_plan_says_so() -> None:
    old, new = (
        care(year={"for": span, "at": "10:00", "window": "60 days"})
        for span in ("6 months", "10 days")
    )
    stays = migrate(old, new, driving(old), FOLLOW, DRIVER, LATER)
    due = migrate(old, new, driving(old), AT_ONCE, DRIVER, LATER)
    assert (stays.verdict, codes(stays)) == ("stayed", ["deadline_past"])
    assert (due.deadline, due.taken.enrolment.due) == ("due_now", LATER)


def test_the_next_run_of_a_rhythm_is_counted_from_the_last() -> None:
    def ringing(every: str) -> Program:
        steps = {
            "ring": {"kind": "repeat", "every": every, "outcomes": {"run": "say", "ended": "end"}},
            "say": send(outcomes={"sent": "ring"}),
        }
        return program_of(steps)

    old, new = ringing("20 days"), ringing("5 days")
    state = driving(old)
    soon = migrate(old, new, state, FOLLOW, DRIVER, MONDAY + DAY)
    late = migrate(old, new, state, FOLLOW, DRIVER, MONDAY + 9 * DAY)
    assert (soon.deadline, soon.taken.enrolment.due) == ("recomputed", MONDAY + 5 * DAY)
    assert (late.deadline, late.taken.enrolment.due) == ("kept", state.due)
