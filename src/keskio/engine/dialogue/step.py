"""The state machine of one enrolment.

Rule 1: everything that changes an enrolment's state is in this file, in the tables at its end, made of
the moves in `run`.
Rule 2: no clock, no dice, no world: `now` is an argument, what must be done is an effect.
Rule 3: every signal ends in at least one effect or one named reason.
Rule 4: a wait counts from when its cause happened: an event's own time, but a timer's moment of
being taken, so that a standstill of the machine is never followed by a burst of what was missed.
Rule 5: an open question stands beside the present step: while "please answer with the letter" is on
its way, the answer still counts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import msgspec

from keskio.engine.dialogue import effects as do
from keskio.engine.dialogue import program as p
from keskio.engine.dialogue import signals as s
from keskio.engine.dialogue.enrolment import WAITING, Enrolment, Question, Timer
from keskio.engine.dialogue.facts import Facts
from keskio.engine.dialogue.matching import happens, reply_matches
from keskio.engine.dialogue.moments import moment_at
from keskio.engine.dialogue.run import Enter, Run, Taken
from keskio.engine.text import choice_in

Answer: TypeAlias = Callable[[do.SendMessage | do.Reserve, int], s.Judged | s.Reserved]


def step(
    program: p.Program, enrolment: Enrolment, signal: s.Signal, facts: Facts, now: int
) -> Taken:
    """Take one signal: the same arguments give the same result, always.

    An enrolment that is over is not changed by anything. A proposal among the effects waits for the
    host's answer, which is the next signal.
    """
    return rest(program, enrolment, signal, facts, now, None)


def rest(
    program: p.Program,
    enrolment: Enrolment,
    signal: s.Signal,
    facts: Facts,
    now: int,
    answer: Answer | None,
) -> Taken:
    """Take one signal, and the host's `answer` to each proposal it leads to, until all is at rest.

    The same as `step` for the signal and then for each answer, in one go.
    """
    at = counted_from(signal, enrolment, now)
    run = Run(program, enrolment, facts, at, _ENTER)
    if enrolment.is_over:
        run.because("over")
        return run.taken()
    try:
        _TAKE[type(signal)](run, signal)
        while answer is not None and run.asked is not None:
            proposal, run.asked = run.asked, None
            answered = answer(proposal, at)
            _TAKE[type(answered)](run, answered)
    except (ValueError, KeyError, TypeError, OverflowError, AssertionError) as fault:
        run.fail("broken_step", str(fault))
    return run.taken()


def counted_from(signal: s.Signal, enrolment: Enrolment, now: int) -> int:
    """Return the moment from which what `signal` starts is counted (rule 4)."""
    return now if isinstance(signal, s.Due) else max(min(signal.at, now), enrolment.since)


# Entering a step


def _enter_send(run: Run, found: p.Step) -> None:
    assert isinstance(found, p.Send)
    valid = found.message.valid
    run.propose(found, None if valid is None else run.moment(valid))


def _enter_ask(run: Run, found: p.Step) -> None:
    assert isinstance(found, p.Ask)
    run.close_question()
    until = run.moment(found.deadline)
    run.question = Question(found.key, run.visit, until, "")
    valid = found.message.valid
    run.propose(found, until if valid is None else min(until, run.moment(valid)))


def _enter_wait(run: Run, found: p.Step) -> None:
    assert isinstance(found, p.Wait)
    run.phase = "time"
    if found.deadline is None:
        run.because("waits_for_event", events=sorted(found.events))
        return
    due = run.moment(found.deadline)
    if due <= run.at:
        run.go(found, "timeout")
    else:
        run.set_timer(due, "deadline")


def _enter_branch(run: Run, found: p.Step) -> None:
    assert isinstance(found, p.Branch)
    known = run.facts.subject(run.at, {**run.program.variables, **run.variables})
    run.go(found, next((name for name, holds in found.branches if holds(known)), "else"))


def _enter_offer(run: Run, found: p.Step) -> None:
    assert isinstance(found, p.Offer)
    run.phase = "stock"
    run.ask(do.Reserve(found.key, run.visit, found.offer))


def _enter_task(run: Run, found: p.Step) -> None:
    assert isinstance(found, p.Task)
    run.phase = "task"
    due = run.moment(found.due)
    run.effects.append(do.GiveTask(found.key, run.visit, dict(found.text), found.queue, due))
    run.set_timer(due, "overdue")


def _enter_update(run: Run, found: p.Step) -> None:
    assert isinstance(found, p.Update)
    run.effects.append(do.SetTraits(found.key, dict(found.traits)))
    run.go(found, "done")


def _enter_finish(run: Run, found: p.Step) -> None:
    assert isinstance(found, p.Finish)
    run.end(found.outcome)


# Taking a signal


def _take_entered(run: Run, signal: Any) -> None:
    if run.visit:
        run.because("already_inside")
        return
    run.channel = signal.channel
    keep = run.program.trigger.keep
    if keep:
        run.variables = {name: signal.properties.get(name) for name in keep}
    if run.program.ends is not None:
        due = run.moment(run.program.ends)
        if due <= run.at:
            run.exit("latest_end")
            return
        run.set_timer(due, "ends")
    run.enter(run.program.first)


def _take_happened(run: Run, signal: Any) -> None:
    around = (signal, run.program, run.before, run.facts)
    if any(happens(matcher, *around) for matcher in run.program.exits):
        run.exit("exit_event")
        return
    goal = run.program.goal
    if goal is not None and happens(goal, *around):
        run.exit("goal_reached")
        return
    found = run.program.steps.get(run.step)
    if isinstance(found, p.Wait) and run.phase == "time":
        for name, matcher in found.events.items():
            if happens(matcher, *around):
                run.go(found, name)
                return
    run.because("not_awaited", event=signal.name)


def _take_replied(run: Run, signal: Any) -> None:
    question = run.question
    if question is not None and _is_asked(run, question, signal):
        if signal.at < question.until:
            _answer(run, question, signal)
        else:
            run.because("question_closed", until=question.until)
        return
    found = run.program.steps.get(run.step)
    if isinstance(found, p.Wait) and run.phase == "time":
        run.channel = signal.channel
        for name, matcher in found.events.items():
            if reply_matches(matcher, signal):
                run.go(found, name)
                return
    run.because("no_open_question")


def _is_asked(run: Run, question: Question, signal: s.Replied) -> bool:
    """Tell whether the question had been asked, in this channel, when the customer wrote."""
    if run.step == question.step and run.phase in ("verdict", "held"):
        return False
    return question.channel == signal.channel and signal.at >= question.asked_at


def _answer(run: Run, question: Question, signal: s.Replied) -> None:
    found = run.program.steps[question.step]
    assert isinstance(found, p.Ask)
    choice = choice_in(signal.text, found.words, first_line=signal.channel == "email")
    if choice is not None:
        run.close_question()
        run.go(found, choice)
        return
    run.question = msgspec.structs.replace(question, others=question.others + 1)
    if question.others >= found.patience:
        run.because("asked_enough", times=question.others)
    elif "other" in found.outcomes:
        run.go(found, "other")
    else:
        run.because("not_understood")


def _take_due(run: Run, signal: Any) -> None:
    asked = Timer(signal.at, signal.kind, signal.visit)
    if asked not in run.timers:
        run.because("timer_past", kind=signal.kind)
        return
    run.timers = tuple(timer for timer in run.timers if timer != asked)
    _DUE[signal.kind](run)


def _due_gate(run: Run) -> None:
    found = run.program.steps[run.step]
    assert isinstance(found, (p.Send, p.Ask))
    valid = found.message.valid
    until = run.question.until if isinstance(found, p.Ask) and run.question else None
    if valid is not None:
        worth = moment_at(valid, run.before.since, run.program, run.before.variables, run.facts)
        until = worth if until is None else min(until, worth)
    run.propose(found, until)


def _due_deadline(run: Run) -> None:
    run.go(run.program.steps[run.step], "timeout")


def _due_question(run: Run) -> None:
    assert run.question is not None
    found = run.program.steps[run.question.step]
    run.close_question()
    run.go(found, "none")


def _due_overdue(run: Run) -> None:
    run.go(run.program.steps[run.step], "overdue")


def _take_judged(run: Run, signal: Any) -> None:
    if signal.visit != run.visit or run.phase != "verdict":
        run.because("moved_on")
        return
    found = run.program.steps[run.step]
    if signal.verdict == "send":
        run.channel = signal.channel
        _sent_off(run, found)
    elif signal.verdict == "hold":
        _held(run, found, signal)
    else:
        run.because(signal.reason)
        _unasked(run, found)
        run.go(found, f"dropped.{signal.reason}")


def _sent_off(run: Run, found: p.Step) -> None:
    if isinstance(found, p.Ask):
        assert run.question is not None
        until = run.question.until
        if run.visit == run.before.visit:  # it was held: people answer what they have got
            until = run.moment(found.deadline)
        run.question = msgspec.structs.replace(
            run.question, until=until, channel=run.channel, asked_at=run.at
        )
        run.phase = "answer"
        run.set_timer(until, "question")
    else:
        run.phase = "result"
        run.because("claimed")


def _held(run: Run, found: p.Step, signal: s.Judged) -> None:
    run.because(signal.reason, until=signal.until)
    outcome = f"held.{signal.reason}"
    if outcome in found.outcomes or "held" in found.outcomes:
        _unasked(run, found)
        run.go(found, outcome)
    else:
        run.phase = "held"
        run.set_timer(signal.until, "gate")


def _unasked(run: Run, found: p.Step) -> None:
    if isinstance(found, p.Ask):
        run.close_question()


def _take_reserved(run: Run, signal: Any) -> None:
    found = run.program.steps[run.step]
    if signal.visit != run.visit or run.phase != "stock" or not isinstance(found, p.Offer):
        run.because("moved_on")
        return
    if signal.outcome == "given":
        run.variables = {**run.variables, found.keep_as: signal.value}
    run.go(found, signal.outcome)


def _take_reported(run: Run, signal: Any) -> None:
    found = run.program.steps[run.step]
    if run.question is not None and run.question.visit == signal.visit:
        _question_reported(run, run.program.steps[run.question.step], signal)
    elif signal.visit != run.visit or run.phase not in ("result", "delivery"):
        run.because("moved_on", state=signal.state)
    elif signal.state == "unknown":
        run.because("unknown")
    elif signal.state == "sent" and run.phase == "delivery":
        run.because("moved_on", state=signal.state)
    elif signal.state == "sent" and "delivered" in found.outcomes and "sent" not in found.outcomes:
        run.phase = "delivery"
        run.because("waits_for_delivery")
    else:
        run.go(found, _outcome_of(found, signal))


def _question_reported(run: Run, found: p.Step, signal: s.Reported) -> None:
    if signal.state in ("failed", "bounced", "withdrawn"):
        run.close_question()
        run.go(found, _outcome_of(found, signal))
    else:
        run.because("noted", state=signal.state)


def _outcome_of(found: p.Step, signal: s.Reported) -> str:
    if signal.state == "withdrawn":
        return f"dropped.{signal.reason}"
    if signal.state == "delivered" and "delivered" not in found.outcomes:
        return "sent"
    return signal.state


def _take_answered(run: Run, signal: Any) -> None:
    found = run.program.steps[run.step]
    if signal.visit != run.visit or run.phase != "task":
        run.because("task_past", result=signal.result)
    else:
        run.go(found, signal.result)


def _take_withdrawn(run: Run, signal: Any) -> None:
    run.exit(signal.reason)


_Take: TypeAlias = Callable[[Run, Any], None]

_ENTER: dict[str, Enter] = {
    "send": _enter_send,
    "ask": _enter_ask,
    "wait": _enter_wait,
    "branch": _enter_branch,
    "offer": _enter_offer,
    "task": _enter_task,
    "update": _enter_update,
    "end": _enter_finish,
}
_TAKE: dict[type, _Take] = {
    s.Entered: _take_entered,
    s.Happened: _take_happened,
    s.Replied: _take_replied,
    s.Due: _take_due,
    s.Judged: _take_judged,
    s.Reserved: _take_reserved,
    s.Reported: _take_reported,
    s.Answered: _take_answered,
    s.Withdrawn: _take_withdrawn,
}
_DUE: dict[str, Callable[[Run], None]] = {
    "gate": _due_gate,
    "deadline": _due_deadline,
    "question": _due_question,
    "overdue": _due_overdue,
    "ends": lambda run: run.exit("latest_end"),
}
STEP_KINDS = frozenset(_ENTER)
EMPTY = Enrolment(status=WAITING)
