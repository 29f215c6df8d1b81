"""The step `survey`: asks, reminds once, takes an answer given by a link or in a reply.

Rule 1: nobody is asked before the host has admitted it (clocks, quotas, share); then the gate decides as
for every message. Who is not asked is told to the log with the reason.
Rule 2: a reminder is a second message of the same step. That it could not go changes nothing else.
Rule 3: a reply by text message that says a score counts at once; where the step has words for it, the
next reply is taken as the comment.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from keskio.engine.dialogue import effects as do
from keskio.engine.dialogue import program as p
from keskio.engine.dialogue import signals as s
from keskio.engine.dialogue.matching import understood
from keskio.engine.dialogue.proposing import open_question, propose
from keskio.engine.dialogue.run import Run
from keskio.engine.scores.scales import SCALES
from keskio.engine.times import DAY, add

ASKED, NOT_ASKED, REPLIED = "survey.asked", "survey.not_asked", "survey.replied"
ASKING, WAITING, REMINDING, REMINDED, COMMENTING = (
    *("asking", "waiting", "reminding", "reminded"),
    "commenting",
)
PART = "survey_part"
REMINDER_VALID, COMMENT_OPEN = 3 * DAY, 2 * DAY
_NUMBER = re.compile(r"[-+]?\d+(?:[.,]\d+)?")


def enter(run: Run, found: p.Step) -> None:
    """Ask the host whether this customer may be asked this now."""
    assert isinstance(found, p.Survey)
    run.close_question()
    run.phase = "survey"
    run.ask(do.AskSurvey(found.key, run.visit, found.survey, found.message.pressure))


def take_admitted(run: Run, signal: Any) -> None:
    """Put the message before the gate, or go on with the reason."""
    found = run.program.steps.get(run.step)
    if signal.visit != run.visit or run.phase != "survey" or not isinstance(found, p.Survey):
        run.because("moved_on")
        return
    if signal.reason:
        run.because(signal.reason, until=signal.until)
        refused(run, found, signal.reason)
        run.go(found, f"dropped.{signal.reason}")
        return
    _set(run, found, ASKING, signal.level)
    open_question(run, found)
    propose(run, found)


def refused(run: Run, found: p.Survey, reason: str) -> None:
    """Tell the log that somebody was not asked, and why."""
    run.effects.append(do.Record(found.key, NOT_ASKED, {"survey": found.survey, "reason": reason}))


def asked(run: Run, found: p.Survey) -> None:
    """Note that the customer has been asked, and when to remind."""
    _, level = _place(run, found)
    _set(run, found, WAITING, level)
    told = {"survey": found.survey, "level": level, "channel": run.channel, "visit": run.visit}
    run.effects.append(do.Record(found.key, ASKED, told))
    if found.remind_after is not None and found.reminder:
        run.set_timer(add(run.at, found.remind_after, run.zone), "remind")


def is_part(run: Run, found: p.Step) -> bool:
    """Tell whether what is before the gate is a reminder or the question for a comment."""
    return isinstance(found, p.Survey) and _place(run, found)[0] in (REMINDING, COMMENTING)


def take_part_judged(run: Run, found: p.Survey, signal: s.Judged) -> None:
    """Go on waiting for an answer, whatever became of the reminder or of the question for a comment."""
    state, level = _place(run, found)
    run.phase = "answer"
    if signal.verdict != "send":
        run.because(signal.reason, until=signal.until)
    if state == REMINDING:
        _set(run, found, REMINDED, level)
        if signal.verdict == "hold" and run.question and signal.until < run.question.until:
            _set(run, found, WAITING, level)
            run.set_timer(signal.until, "remind")
    elif signal.verdict != "send":
        _leave(run, found)
    else:
        _open_for_comment(run)


def _open_for_comment(run: Run) -> None:
    assert run.question is not None
    until = run.at + COMMENT_OPEN
    run.question = msgspec.structs.replace(run.question, until=until, asked_at=run.at)
    run.drop_timers(frozenset({"ends"}))
    run.set_timer(until, "question")


def due_remind(run: Run) -> None:
    """Remind whoever has not answered."""
    found = run.program.steps.get(run.step)
    if not isinstance(found, p.Survey) or run.question is None:
        run.because("timer_past", kind="remind")
        return
    _, level = _place(run, found)
    _set(run, found, REMINDING, level)
    _send_part(run, found, "reminder", found.message, run.at + REMINDER_VALID)


def _send_part(run: Run, found: p.Survey, part: str, message: p.Message, until: int) -> None:
    assert run.question is not None
    run.visit += 1
    run.phase = "verdict"
    run.ask(
        do.SendMessage(
            step=found.key,
            visit=run.visit,
            message=message,
            channels=(run.question.channel,),
            valid_until=min(until, run.question.until),
            variables={**run.known(), PART: part},
            expects_reply=True,
        )
    )


def take_reply(run: Run, found: p.Survey, signal: s.Replied) -> bool:
    """Take a reply as a score or as the comment to it; False when it says neither."""
    state, level = _place(run, found)
    told: dict[str, Any] = {
        "survey": found.survey, "scale": found.scale, "channel": signal.channel,
    }  # fmt: skip
    if state == COMMENTING:
        told["comment"] = signal.text.strip()
        run.effects.append(do.Record(found.key, REPLIED, told))
        _leave(run, found)
        return True
    choice, value = understood(found, signal)
    if choice is None or value is None or not float(value).is_integer():
        return False
    rest = _NUMBER.sub("", signal.text.split("\n", 1)[0], count=1).strip(" .,:;-–")
    comment = rest if any(letter.isalpha() for letter in rest) else ""
    run.effects.append(
        do.Record(found.key, REPLIED, {**told, "score": int(value), "comment": comment})
    )
    run.variables = {**run.variables, found.keep_as: int(value)}
    if not found.then or comment or signal.channel != "sms":
        _leave(run, found)
        return True
    _set(run, found, COMMENTING, level)
    message = msgspec.structs.replace(
        found.message, purpose="answer", pressure="answer", respects_quiet=False
    )
    _send_part(run, found, "comment", message, run.at + REMINDER_VALID)
    return True


def take_answered(run: Run, signal: s.Happened) -> bool:
    """Go on when the log tells that the survey has been answered; False when it is about another."""
    where = run.question.step if run.question is not None else run.step
    found = run.program.steps.get(where)
    if not isinstance(found, p.Survey) or signal.name != p.SURVEY_ANSWERED:
        return False
    if signal.properties.get("survey") != found.survey or run.question is None:
        return False
    score = signal.properties.get(found.scale)
    if score is not None:
        run.variables = {**run.variables, found.keep_as: score}
    run.effects.append(do.CancelMessages("survey_answered"))
    _leave(run, found, "answered" if signal.properties.get("complete", True) else "partial")
    return True


def due_question(run: Run, found: p.Survey) -> None:
    """Go on when the time for answering is over: with the score that has come, or without."""
    if _place(run, found)[0] == COMMENTING:
        _leave(run, found)
        return
    _forget(run, found)
    run.close_question()
    run.go(found, "timeout")


def _leave(run: Run, found: p.Survey, outcome: str = "answered") -> None:
    score = run.variables.get(found.keep_as)
    scale = SCALES[found.scale]
    group = scale.group_of(score) if isinstance(score, int) and score in scale.values else ""
    _forget(run, found)
    run.close_question()
    run.go(found, f"{outcome}.{group}" if group else outcome)


def _place(run: Run, found: p.Survey) -> tuple[str, str]:
    state, level = run.places.get(found.key, (ASKING, ""))
    return state, level


def _set(run: Run, found: p.Survey, state: str, level: str) -> None:
    run.places = {**run.places, found.key: [state, level]}


def _forget(run: Run, found: p.Survey) -> None:
    run.places = {key: place for key, place in run.places.items() if key != found.key}
