"""What each signal does to an enrolment; the tables are at the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import msgspec

from keskio.engine.dialogue import effects as do
from keskio.engine.dialogue import program as p
from keskio.engine.dialogue import signals as s
from keskio.engine.dialogue import surveying
from keskio.engine.dialogue.enrolment import WAITING, Question, Timer
from keskio.engine.dialogue.facts import Facts
from keskio.engine.dialogue.matching import happens, reply_matches, understood
from keskio.engine.dialogue.moments import hangs_on
from keskio.engine.dialogue.promised import promised
from keskio.engine.dialogue.proposing import propose, sent_off, waits_for_delivery
from keskio.engine.dialogue.run import KEPT_ON_LEAVING, Run
from keskio.engine.dialogue.waking import OBJECT_ENDED, is_about_dates
from keskio.engine.draws import position_of

CONTROL = "control"
GOAL = "dialogue.goal"
ANSWERED = "dialogue.answered"
# Health data under a name of their own: no segment is built on it, and only some see it.
HEALTH_ANSWERED = "health.answered"


def _take_entered(run: Run, signal: Any) -> None:
    if run.visit:
        run.because("already_inside")
        return
    run.channel = signal.channel
    keep = run.program.trigger.keep
    if keep:
        run.variables = {name: signal.properties.get(name) for name in keep}
    if is_control(run.program, run.facts):
        run.end(CONTROL)
        return
    if not _ends_set(run):
        run.enter(run.program.first)


def _ends_set(run: Run) -> bool:
    """Note when the dialogue ends at the latest; True when that is past, so that it is over.

    A date that is not known ends nothing; once it is known, the end follows it.
    """
    ends = run.program.ends
    if ends is None:
        return False
    due = run.known_moment(ends)
    if due is None:
        run.because("end_unknown", of=hangs_on(ends))
    elif due <= run.at:
        run.exit("latest_end")
    else:
        run.set_timer(due, "ends")
    return run.status != WAITING


def is_control(program: p.Program, facts: Facts) -> bool:
    """Tell whether this customer is held out of the dialogue, to see what happens without it."""
    share = program.control
    return share > 0 and position_of(f"{program.key}/{CONTROL}", facts.who) < share


def _take_happened(run: Run, signal: Any) -> None:
    if _is_left(run, signal) or _is_there(run, signal):
        return
    moved = is_about_dates(signal.name) and _ends_moved(run)
    if run.status != WAITING or surveying.take_answered(run, signal):
        return
    around = (signal, run.program, run.before, run.facts)
    found = run.program.steps.get(run.step)
    if isinstance(found, p.Wait) and run.phase == "time":
        for name, matcher in found.events.items():
            if run.holds(matcher.when) if matcher.when else happens(matcher, *around):
                run.go(found, name)
                return
    if is_about_dates(signal.name) and run.phase == "time" and _redated(run, found):
        return
    if not moved:
        run.because("not_awaited", event=signal.name)


def _is_there(run: Run, signal: Any) -> bool:
    """Note that the event reaches the goal, if it does; True when the dialogue ends with that."""
    goal = run.program.goal
    if goal is None or not happens(goal, signal, run.program, run.before, run.facts):
        return False
    if run.program.goal_ends:
        run.exit("goal_reached")
        return True
    worth = signal.properties.get(run.program.goal_value)
    run.effects.append(do.Record(run.step, GOAL, {"value": worth}))
    return False


def _ends_moved(run: Run) -> bool:
    """Let the latest end follow its date as it is now; tell whether anything came of it."""
    ends = run.program.ends
    if ends is None or not ends.of:
        return False
    due = run.known_moment(ends)
    others = tuple(timer for timer in run.timers if timer.kind != "ends")
    had = next((timer.due for timer in run.timers if timer.kind == "ends"), None)
    if due == had:
        return False
    run.timers = others
    run.because("date_moved", of=ends.of)
    return _ends_set(run) or True


def _is_left(run: Run, signal: Any) -> bool:
    """End at once when the event, or the state of things after it, says so."""
    program = run.program
    if signal.name == OBJECT_ENDED and _is_of_object(run, signal):
        run.exit("object_ended")
        return True
    around = (signal, program, run.before, run.facts)
    if any(happens(matcher, *around) for matcher in program.exits):
        run.exit("exit_event")
        return True
    return run.leaves()


def _is_of_object(run: Run, signal: Any) -> bool:
    said = signal.properties
    kind = run.program.object_kind
    return bool(kind) and said.get("kind") == kind and str(said.get("key")) == run.before.object


def _redated(run: Run, found: p.Step | None) -> bool:
    """Wait for the date as it is now; what it makes due is done at once."""
    if isinstance(found, p.Timeline):
        anchor: p.Moment | None = p.Moment(of=found.of)
    else:
        anchor = found.deadline if isinstance(found, p.Wait) else None
    if found is None or anchor is None or not anchor.of:
        return False
    before = run.timers
    run.drop_timers(KEPT_ON_LEAVING)
    run.entering[found.kind](run, found)
    if run.timers == before and not run.passed:
        return False
    run.because("date_moved", of=anchor.of)
    return True


def _take_replied(run: Run, signal: Any) -> None:
    if signal.visit == s.ELSEWHERE:
        run.because("no_open_question")
        return
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
    if isinstance(found, p.Survey):
        if surveying.take_reply(run, found, signal):
            return
        choice, value = None, None
    else:
        choice, value = understood(found, signal)
    if choice is not None:
        run.close_question()
        if found.expects is not None:
            _keep_answer(run, found, choice, value)
        run.go(found, choice)
        return
    run.question = msgspec.structs.replace(question, others=question.others + 1)
    if question.others >= found.patience:
        run.because("asked_enough", times=question.others)
    elif "other" in found.outcomes:
        run.go(found, "other")
    else:
        run.because("not_understood")


def _keep_answer(run: Run, found: p.Ask, choice: str, value: Any) -> None:
    assert found.expects is not None
    told = {"choice": choice} if value is None else {"choice": choice, "value": value}
    if value is not None:
        run.variables = {**run.variables, found.expects.keep_as: value}
    name = HEALTH_ANSWERED if found.message.purpose == "health" else ANSWERED
    run.effects.append(do.Record(found.key, name, told))


def _take_unclear(run: Run, signal: Any) -> None:
    run.because("answer_unclear", others=signal.others)


def _take_due(run: Run, signal: Any) -> None:
    asked = Timer(signal.at, signal.kind, signal.visit)
    if asked not in run.timers:
        run.because("timer_past", kind=signal.kind)
        return
    run.timers = tuple(timer for timer in run.timers if timer != asked)
    if signal.kind == "ends" or not run.leaves():
        _DUE[signal.kind](run)


def _due_gate(run: Run) -> None:
    found = run.program.steps[run.step]
    assert isinstance(found, (p.Send, p.Ask))
    propose(run, found, run.before.since)


def _due_deadline(run: Run) -> None:
    run.go(run.program.steps[run.step], "timeout")


def _due_question(run: Run) -> None:
    assert run.question is not None
    found = run.program.steps[run.question.step]
    if isinstance(found, p.Survey):
        surveying.due_question(run, found)
        return
    run.close_question()
    run.go(found, "none")


def _due_overdue(run: Run) -> None:
    run.go(run.program.steps[run.step], "overdue")


def _due_item(run: Run) -> None:
    found = run.program.steps[run.step]
    run.entering[found.kind](run, found)


def _due_run(run: Run) -> None:
    found = run.program.steps[run.step]
    assert isinstance(found, p.Repeat)
    if found.going_on is not None and not run.holds(found.going_on):
        run.leave_place(found, "ended")
        return
    count, first = run.places[found.key]
    run.places = {**run.places, found.key: [count + 1, first]}
    run.go(found, "run")


def _due_call(run: Run) -> None:
    run.because("call_unanswered")
    run.go(run.program.steps[run.step], "failed")


def _take_judged(run: Run, signal: Any) -> None:
    if signal.visit != run.visit or run.phase != "verdict":
        run.because("moved_on")
        return
    found = run.program.steps[run.step]
    if isinstance(found, p.Survey) and surveying.is_part(run, found):
        surveying.take_part_judged(run, found, signal)
    elif signal.verdict == "send":
        run.channel = signal.channel
        sent_off(run, found)
        if isinstance(found, p.Survey):
            surveying.asked(run, found)
    elif signal.verdict == "hold":
        _held(run, found, signal)
    else:
        run.because(signal.reason)
        _unasked(run, found, signal.reason)
        run.go(found, f"dropped.{signal.reason}")


def _held(run: Run, found: p.Step, signal: s.Judged) -> None:
    run.because(signal.reason, until=signal.until)
    outcome = f"held.{signal.reason}"
    if outcome in found.outcomes or "held" in found.outcomes:
        _unasked(run, found, signal.reason)
        run.go(found, outcome)
    else:
        run.phase = "held"
        run.set_timer(signal.until, "gate")


def _unasked(run: Run, found: p.Step, reason: str) -> None:
    if isinstance(found, p.Ask):
        run.close_question()
    if isinstance(found, p.Survey):
        surveying.refused(run, found, reason)


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
    elif signal.state == "sent" and waits_for_delivery(found):
        run.phase = "delivery"
        run.because("waits_for_delivery")
    else:
        outcome = _outcome_of(found, signal)
        if isinstance(found, p.Send) and outcome in ("sent", "delivered"):
            promised(run, found.promise)
        run.go(found, outcome)


def _question_reported(run: Run, found: p.Step, signal: s.Reported) -> None:
    if signal.state in ("failed", "bounced", "withdrawn") and signal.reason != "already_told":
        run.close_question()
        run.go(found, _outcome_of(found, signal))
    else:
        run.because("noted", state=signal.state)


def _outcome_of(found: p.Step, signal: s.Reported) -> str:
    if signal.state == "withdrawn" and signal.reason == "already_told":
        return "delivered" if waits_for_delivery(found) else "sent"
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


def _take_called(run: Run, signal: Any) -> None:
    found = run.program.steps.get(run.step)
    if signal.visit != run.visit or run.phase != "call" or not isinstance(found, p.Call):
        run.because("moved_on")
        return
    if found.keep_as:
        run.variables = {**run.variables, found.keep_as: signal.value}
    run.go(found, signal.outcome)


def _take_started(run: Run, signal: Any) -> None:
    if signal.visit != run.visit or run.phase != "start":
        run.because("moved_on")
        return
    run.go(run.program.steps[run.step], signal.outcome)


def _take_withdrawn(run: Run, signal: Any) -> None:
    run.exit(signal.reason)


Take: TypeAlias = Callable[[Run, Any], None]

TAKE: Mapping[type, Take] = {
    s.Entered: _take_entered,
    s.Happened: _take_happened,
    s.Replied: _take_replied,
    s.Unclear: _take_unclear,
    s.Due: _take_due,
    s.Judged: _take_judged,
    s.Reserved: _take_reserved,
    s.Reported: _take_reported,
    s.Answered: _take_answered,
    s.Called: _take_called,
    s.Started: _take_started,
    s.Admitted: surveying.take_admitted,
    s.Withdrawn: _take_withdrawn,
}
_DUE: Mapping[str, Callable[[Run], None]] = {
    "gate": _due_gate,
    "deadline": _due_deadline,
    "question": _due_question,
    "overdue": _due_overdue,
    "item": _due_item,
    "run": _due_run,
    "call": _due_call,
    "remind": surveying.due_remind,
    "ends": lambda run: run.exit("latest_end"),
}
