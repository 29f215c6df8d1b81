"""Whom an event concerns: which enrolments get which signal, and who comes in.

The runner and `play` share these rules. They look at one customer at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import msgspec

from keskio.engine.dialogue import program as p
from keskio.engine.dialogue import signals as s
from keskio.engine.dialogue.asked_of_steps import target_of
from keskio.engine.dialogue.enrolment import Enrolment
from keskio.engine.dialogue.facts import NOBODY, Facts
from keskio.engine.dialogue.matching import admits, keyword_admits, reply_matches, understood
from keskio.engine.pressure import refusal_of
from keskio.engine.times import add

RECEIVED = "message.received"
INVITED = "dialogue.invited"
WITHDRAWN = "consent.withdrawn"
REPORTS = {
    "message.sent": "sent",
    "message.delivered": "delivered",
    "message.bounced": "bounced",
    "message.failed": "failed",
    "message.unknown": "unknown",
    "message.withdrawn": "withdrawn",
}
# A person has decided which question an unclear reply was an answer to.
ASSIGNED = "reply.assigned"
CALLS = {"call.ok": "ok", "call.refused": "refused", "call.failed": "failed"}
TASK_DONE, TASK_DECLINED = "task.done", "task.declined"
REMOVED = "dialogue.removed"
OWN_NAMES = frozenset(
    {
        *(RECEIVED, INVITED, WITHDRAWN, TASK_DONE, TASK_DECLINED, REMOVED, ASSIGNED),
        *REPORTS,
        *CALLS,
    }
)
ADDRESSED = frozenset({TASK_DONE, TASK_DECLINED, REMOVED, ASSIGNED, *REPORTS, *CALLS})


class Happening(msgspec.Struct, frozen=True, gc=False):
    """One event of a customer as the engine sees it; `id` is its place in the log."""

    id: int
    at: int
    name: str
    properties: dict[str, Any]


class Inside(msgspec.Struct, eq=False, gc=False):
    """One open enrolment of the customer at hand. The host replaces `enrolment` as it moves."""

    id: int
    program: p.Program
    enrolment: Enrolment


class Past(msgspec.Struct, frozen=True, gc=False):
    """An earlier enrolment in the same dialogue for the same object."""

    entered_at: int
    is_open: bool


class Entry(msgspec.Struct, frozen=True, gc=False):
    """Somebody comes in, if `refusal_to_enter` does not object."""

    program: p.Program
    signal: s.Entered


Move: TypeAlias = tuple[Inside, s.Signal]


def moves_for(happening: Happening, insides: Sequence[Inside], facts: Facts) -> list[Move]:
    """Return the signals that `happening` brings to the open enrolments, in order of entering."""
    name = happening.name
    if name == RECEIVED:
        return _reply(happening, insides)
    if name in ADDRESSED:
        return _addressed(happening, insides)
    moves: list[Move] = []
    for inside in insides:
        if name == WITHDRAWN and _ends_here(happening, inside, facts):
            moves.append((inside, s.Withdrawn(happening.at, "permission_withdrawn")))
        elif name in inside.program.names:
            signal = s.Happened(happening.at, name, happening.properties)
            moves.append((inside, signal))
    return moves


def entries_for(
    happening: Happening,
    programs: Iterable[p.Program],
    *,
    answered: bool,
    facts: Callable[[], Facts] = lambda: NOBODY,
) -> list[Entry]:
    """Return who would come in through `happening`.

    `answered`: the message was taken by an open question, so that it is no keyword any more. `facts`
    is asked for only when a trigger's condition needs them.
    """
    properties = happening.properties
    channel = str(properties.get("channel", ""))
    entries = []
    for program in programs:
        if happening.name == INVITED:
            comes = properties.get("dialogue") == program.key
        elif happening.name == RECEIVED and program.trigger.kind == "keyword":
            text = str(properties.get("text", ""))
            stopping = bool(properties.get("keyword"))
            comes = not answered and not stopping and keyword_admits(program, channel, text)
        else:
            comes = admits(program, happening.name, properties, happening.at, facts)
        if comes:
            key = properties.get(program.object_property) if program.object_property else None
            entered = s.Entered(happening.at, properties, "" if key is None else str(key), channel)
            entries.append(Entry(program, entered))
    return entries


def may_enter_by(program: p.Program, name: str) -> bool:
    """Tell whether an event called `name` can bring somebody into `program`, whatever it says."""
    if name == INVITED:
        return True
    if name == RECEIVED and program.trigger.kind == "keyword":
        return True
    matcher = program.trigger.matcher
    return matcher is not None and program.trigger.kind == "event" and matcher.event == name


def needs_no_facts(inside: Inside, signal: s.Signal) -> bool:
    """Tell whether `signal` is a report that changes nothing, or does nothing but end the enrolment."""
    if not isinstance(signal, s.Reported):
        return False
    enrolment = inside.enrolment
    if signal.visit != enrolment.visit or enrolment.phase not in ("result", "delivery"):
        return signal.state in ("sent", "delivered", "unknown")
    if signal.state != "sent":
        return signal.state == "unknown"
    target = target_of(inside.program.steps[enrolment.step], "sent")
    return target == p.END or (
        target in inside.program.steps and inside.program.steps[target].kind == "end"
    )


def refusal_to_enter(entry: Entry, past: Sequence[Past], facts: Facts) -> str:
    """Return why this entry is refused ("" when it is not)."""
    program, at = entry.program, entry.signal.at
    if any(earlier.is_open for earlier in past):
        return "already_inside"
    if past and not _may_return(program, past, at, facts):
        return "been_here"
    known = facts.subject(at, program.variables, entry.signal.properties)
    return "" if program.eligible(known) else "not_eligible"


def _ends_here(happening: Happening, inside: Inside, facts: Facts) -> bool:
    """A stop said where the conversation is held ends it, also when another channel is left."""
    properties = happening.properties
    if inside.program.purpose == "confirmation":
        return False
    if properties.get("purpose") == "*" and properties.get("channel") == inside.enrolment.channel:
        return True
    if properties.get("purpose", "*") not in ("*", inside.program.purpose):
        return False  # it never asked for this permission, and loses nothing by it
    if not inside.program.channels and properties.get("channel", "*") != "*":
        return False  # it says nothing in any channel
    return not may_still_speak(inside.program, facts)


def may_still_speak(program: p.Program, facts: Facts) -> bool:
    """Tell whether a channel is left in which the dialogue has its permission."""
    return any(
        not refusal_of(program.purpose, channel, facts.consents)
        and bool(facts.addresses.get(channel))
        for channel in program.channels
    )


def _may_return(program: p.Program, past: Sequence[Past], at: int, facts: Facts) -> bool:
    rule = program.reentry
    if rule.kind == "after":
        last = max(earlier.entered_at for earlier in past)
        return at >= add(last, rule.span, facts.zone or program.zone)
    return rule.kind in ("after_end", "always")


def _reply(happening: Happening, insides: Sequence[Inside]) -> list[Move]:
    properties = happening.properties
    if properties.get("keyword"):
        return []
    channel, text = str(properties.get("channel", "")), str(properties.get("text", ""))
    answered = properties.get("enrolment")
    if answered is not None and all(inside.id != answered for inside in insides):
        # No question of these was answered, whatever it says: the last one says so, for people to see.
        elsewhere = s.Replied(happening.at, channel, text, s.ELSEWHERE)
        return [(inside, elsewhere) for inside in insides[-1:]]
    reply = s.Replied(happening.at, channel, text, properties.get("visit"))
    found = _reply_goes_to(insides, reply, answered)
    if len(found) > 1:
        return [(inside, s.Unclear(happening.at, len(found) - 1)) for inside in found]
    return [(inside, reply) for inside in found]


def _reply_goes_to(insides: Sequence[Inside], reply: s.Replied, enrolment: Any) -> list[Inside]:
    """Return whose answer it is: the one whose message was answered, else who understands it.

    Several open questions that understand it equally are all returned. What no question understands
    goes to a wait for these words, else to the question asked last; when nothing of that fits, an
    enrolment whose question has closed gets it, and says so.
    """
    for inside in insides:
        if inside.id == enrolment:
            return [inside]
    asked = [
        inside
        for inside in insides
        if inside.enrolment.question and inside.enrolment.question.channel == reply.channel
    ]
    fitting = [inside for inside in asked if _understands(inside, reply)]
    if fitting:
        return fitting
    waiting = [inside for inside in insides if _waits_for(inside, reply)]
    if waiting:
        return waiting[-1:]
    if asked:
        return [max(asked, key=_asked_at)]
    return list(insides[-1:])


def _understands(inside: Inside, reply: s.Replied) -> bool:
    question = inside.enrolment.question
    assert question is not None
    step = inside.program.steps.get(question.step)
    if not isinstance(step, p.Ask) or not question.asked_at <= reply.at < question.until:
        return False
    return understood(step, reply)[0] is not None


def _asked_at(inside: Inside) -> tuple[int, int]:
    question = inside.enrolment.question
    return (question.asked_at if question else 0, inside.id)


def _waits_for(inside: Inside, reply: s.Replied) -> bool:
    step = inside.program.steps.get(inside.enrolment.step)
    return isinstance(step, p.Wait) and any(
        reply_matches(matcher, reply) for matcher in step.events.values()
    )


def _addressed(happening: Happening, insides: Sequence[Inside]) -> list[Move]:
    properties, at = happening.properties, happening.at
    found = [inside for inside in insides if inside.id == properties.get("enrolment")]
    if not found:
        return []
    visit = int(properties.get("visit", 0))
    return [(found[0], _signal_to(happening.name, properties, at, visit))]


def _signal_to(name: str, properties: Mapping[str, Any], at: int, visit: int) -> s.Signal:
    if name in CALLS:
        return s.Called(at, visit, CALLS[name], properties.get("value"))
    if name == ASSIGNED:
        said_at = int(properties.get("said_at", at))
        channel, text = str(properties.get("channel", "")), str(properties.get("text", ""))
        return s.Replied(said_at, channel, text)
    if name in REPORTS:
        return s.Reported(at, visit, REPORTS[name], str(properties.get("reason", "")))
    if name == REMOVED:
        return s.Withdrawn(at, str(properties.get("reason") or "taken_out"))
    default = "done" if name == TASK_DONE else "declined"
    return s.Answered(at, visit, str(properties.get("result") or default))
