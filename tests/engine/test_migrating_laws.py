"""Laws 11 and 12 under any dialogue, any edit, any moment: nothing passed is run again, none is lost."""

from __future__ import annotations

from random import Random
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from keskio.engine.dialogue.definition import read_definition
from keskio.engine.dialogue.effects import SetTimer
from keskio.engine.dialogue.enrolment import Enrolment
from keskio.engine.dialogue.migrating import Instruction, migrate
from keskio.engine.dialogue.packing import pack, unpack
from keskio.engine.dialogue.program import Program
from keskio.engine.dialogue.signals import Due, Entered, Judged, Replied, Reported, Reserved
from keskio.engine.dialogue.step import rest
from tests.engine.making import AINO, DAY, HOUR, MONDAY, document_of
from tests.engine.programs import program_from

KINDS = ("follow", "stay", "move", "exit")
SPANS = ("1 hour", "6 hours", "1 day", "4 days", "2 months")


def line_of(seed: int) -> dict[str, Any]:
    """Return the steps of a dialogue that waits, asks and sends in turn."""
    dice = Random(seed)
    steps: dict[str, Any] = {}
    for index in range(dice.randint(2, 6)):
        ahead = f"s{index + 1}"
        kind = dice.choice(("wait", "ask", "send"))
        message = {"channel": "sms", "text": f"Hei {seed}"}
        if kind == "wait":
            steps[f"s{index}"] = {
                "kind": "wait", "for": dice.choice(SPANS), "outcomes": {"timeout": ahead},
            }  # fmt: skip
        elif kind == "ask":
            steps[f"s{index}"] = {
                "kind": "ask", **message, "for": dice.choice(SPANS), "choices": {"A": {}},
                "outcomes": {"A": ahead, "none": ahead, "other": "back"},
            }  # fmt: skip
        else:
            steps[f"s{index}"] = {"kind": "send", **message, "outcomes": {"sent": ahead}}
    steps[f"s{len(steps)}"] = {"kind": "end"}
    return steps


def read(steps: dict[str, Any]) -> Program:
    program, findings = read_definition(document_of(steps))
    assert program is not None, findings
    return program


def somebody(program: Program, seed: int) -> tuple[Enrolment, int]:
    """Return somebody after some time inside, and the moment."""
    dice, now = Random(seed), MONDAY
    state = took(program, Enrolment(), Entered(now), now)
    for _ in range(dice.randint(0, 4)):
        if state.is_over:
            break
        if state.phase == "result":
            state = took(program, state, Reported(now, state.visit, "sent"), now)
        elif state.question is not None and dice.random() < 0.5:
            now += HOUR
            state = took(program, state, Replied(now, "sms", dice.choice(("A", "mitä"))), now)
        elif state.timers:
            timer = min(state.timers)
            now = max(now, timer.due)
            state = took(program, state, Due(timer.due, timer.kind, timer.visit), now)
    return state, now + dice.randint(0, 30) * DAY // 7


def answer(proposal: Any, at: int) -> Any:
    if hasattr(proposal, "message"):
        return Judged(at, proposal.visit, "send", channel="sms")
    return Reserved(at, proposal.visit, "given", "KOODI")


def took(program: Program, state: Enrolment, signal: Any, now: int) -> Enrolment:
    return rest(program, state, signal, AINO, now, answer).enrolment


@given(seeds=st.tuples(*[st.integers(0, 10_000)] * 3), due_now=st.booleans())
def test_who_follows_passes_nothing_sends_nothing_and_is_never_overdue_unasked(
    seeds: tuple[int, int, int], due_now: bool
) -> None:
    old, new = read(line_of(seeds[0])), read(line_of(seeds[1]))
    state, now = somebody(old, seeds[2])
    moved = migrate(old, new, state, Instruction(due_now=due_now), AINO, now)
    after = moved.taken.enrolment
    assert (after.visit, after.step, after.since) == (state.visit, state.step, state.since)
    assert moved.taken.passed == ()
    assert all(isinstance(effect, SetTimer) for effect in moved.taken.effects)
    assert moved.taken.reasons
    overdue_before = {timer for timer in state.timers if timer.due <= now}
    for timer in set(after.timers) - overdue_before:
        assert timer.due > now or (due_now and timer.due == now)
    if moved.verdict == "stayed":
        assert after is state
    else:
        assert after.step in new.steps
        assert after.question is None or after.question.step in new.steps


@given(seeds=st.tuples(*[st.integers(0, 10_000)] * 2), kind=st.sampled_from(KINDS))
def test_moving_is_deterministic_and_a_second_time_changes_nothing_more(
    seeds: tuple[int, int], kind: Any
) -> None:
    old = new = read(line_of(seeds[0]))
    state, now = somebody(old, seeds[1])
    said = Instruction(kind, new.order[-1] if kind == "move" else "")
    once = migrate(old, new, state, said, AINO, now, answer=answer)
    again = migrate(old, new, unpack(pack(state)), said, AINO, now, answer=answer)
    assert (once.verdict, once.taken) == (again.verdict, again.taken)
    if kind == "follow":
        assert once.taken.enrolment == state  # nothing was edited, so nothing is
    if once.is_reversible:
        assert not once.taken.enrolment.is_over


@given(seeds=st.tuples(*[st.integers(0, 10_000)] * 2), place=st.integers(0, 5))
def test_a_message_that_was_had_is_never_had_again_by_a_move(
    seeds: tuple[int, int], place: int
) -> None:
    program = read(line_of(seeds[0]))
    state, now = somebody(program, seeds[1])
    target = program.order[place % len(program.order)]
    had = set(program.order[: program.order.index(state.step) + 1]) if state.step else set()
    moved = migrate(
        program, program, state, Instruction("move", target), AINO, now, had=had, answer=answer
    )
    sent = {effect.step for effect in moved.taken.effects if hasattr(effect, "message")}
    assert not (sent & {target} & had)
    if target in had or state.is_over:
        assert moved.taken.enrolment is state


@given(seed=st.integers(0, 2_000), other=st.integers(0, 2_000))
def test_any_two_dialogues_of_every_kind_of_step_can_be_put_in_each_others_place(
    seed: int, other: int
) -> None:
    old, new = program_from(seed), program_from(other)
    state, now = somebody(old, other)
    for said in (Instruction(), Instruction("move", new.first), Instruction("exit")):
        moved = migrate(old, new, state, said, AINO, now, answer=answer)
        assert moved.verdict in ("followed", "moved", "stayed", "exited")
        assert moved.taken.reasons or moved.taken.effects
        if moved.verdict == "stayed":
            assert moved.taken.enrolment is state
        assert msgspec.structs.replace(moved.taken.enrolment) == moved.taken.enrolment
