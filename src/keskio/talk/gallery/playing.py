"""A playbook's sample played in virtual time, told as what happens to each customer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from itertools import islice
from typing import Any

import msgspec
from django.utils.translation import gettext as _

from keskio.engine.dialogue.program import Finish, Program
from keskio.engine.dialogue.reasons import sentence
from keskio.engine.dialogue.routing import INVITED, RECEIVED, TASK_DECLINED, TASK_DONE
from keskio.engine.times import DAY, to_local
from keskio.kernel.i18n import in_language
from keskio.talk.documents import compile_text, playbook_text
from keskio.talk.drawing import channel_name, outcome_name, step_title
from keskio.talk.gallery.playbooks import Playbook, playbook_of
from keskio.talk.play import Play
from keskio.talk.scripts import ScriptLine, read_script

MOST_LINES = 400
SHOWN = 100  # days of an audience that comes again and again
TO_US, FROM_US, WORK, ASIDE = "theirs", "ours", "work", "aside"
_SILENT = frozenset({"set_timer", "cancel_messages", "record"})


class Moment(msgspec.Struct, frozen=True):
    """One thing that happens: when, of what sort (whose word it is), and in words."""

    at: datetime
    sort: str
    title: str
    text: str = ""


class Story(msgspec.Struct, frozen=True):
    """What happens to one customer of the sample, in order."""

    customer: str
    name: str
    moments: list[Moment]


@cache
def stories_of(key: str, language: str) -> tuple[Story, ...]:
    """Return what happens in the sample of the playbook `key`, customer by customer."""
    book = playbook_of(key)
    if book is None or not book.sample:
        return ()
    program = book.program
    script = read_script(book.sample.splitlines(), program.zone)
    names = {line.customer: line.known.get("traits", {}).get("first_name", "") for line in script}
    found: dict[str, list[tuple[datetime, int, Moment]]] = {name: [] for name in names}
    for line in script:
        if line.at is not None and line.event:
            at = to_local(line.at, program.zone)
            moment = _happened(at, line.event, line.properties, book, language)
            found[line.customer].append((at, 0, moment))
    spoken = [ScriptLine(None, one, known={"language": language}) for one in names]
    lines = Play([program, _stop_confirmation()]).run([*spoken, *script], _until(program, script))
    for told in islice(lines, MOST_LINES):
        if told.get("dialogue") not in ("", key) and told.get("effect") != "send_message":
            continue  # the confirmation of a stop is a dialogue of its own
        if seen := _told(told, book, language):
            found[str(told["customer"])].append((seen.at, 1, seen))
    return tuple(
        Story(one, names[one] or one.capitalize(), [m for *_, m in sorted(rows, key=_when)])
        for one, rows in found.items()
        if rows
    )


def _until(program: Program, script: Sequence[ScriptLine]) -> int | None:
    """Return when to stop looking: an audience that comes again and again is looked at for a while."""
    first = program.trigger.at.until if program.trigger.at and program.trigger.rrule else None
    if not isinstance(first, int):
        return None
    return max([first, *(line.at for line in script if line.at is not None)]) + SHOWN * DAY


def _when(row: tuple[datetime, int, Moment]) -> tuple[datetime, int]:
    return row[0], row[1]


@cache
def _stop_confirmation() -> Any:
    program, _findings = compile_text(playbook_text("stop-confirmation"))
    assert program is not None, "a playbook that ships is without errors"
    return program


def _happened(
    at: datetime, event: str, properties: Mapping[str, Any], book: Playbook, language: str
) -> Moment:
    if event == RECEIVED:
        return Moment(at, TO_US, _("The customer answers"), str(properties.get("text", "")))
    if event in (TASK_DONE, TASK_DECLINED):
        step = step_title(book.program, str(properties.get("step", "")), language)
        result = str(properties.get("result", ""))
        word = _("Done") if event == TASK_DONE else _("Not done")
        return Moment(at, WORK, f"{word}: {step}", result)
    told = ", ".join(
        f"{name}: {_said(value)}" for name, value in properties.items() if name != "dialogue"
    )
    return Moment(at, ASIDE, _("The customer is invited") if event == INVITED else event, told)


def _said(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _told(line: Mapping[str, Any], book: Playbook, language: str) -> Moment | None:
    at = datetime.fromisoformat(str(line["at"]))
    if "reason" in line:
        if line["reason"] in ("claimed", "noted", "moved_on", "waits_for_answer"):
            return None
        return Moment(at, ASIDE, sentence(str(line["reason"]), language))
    effect = str(line.get("effect", ""))
    if effect in _SILENT:
        return None
    return next(_effect(at, effect, line, book, language), None)


def _effect(
    at: datetime, effect: str, line: Mapping[str, Any], book: Playbook, language: str
) -> Iterator[Moment]:
    step = step_title(book.program, str(line.get("step", "")), language)
    match effect:
        case "enter":
            yield Moment(at, ASIDE, _("The customer comes in"))
        case "send_message":
            channel = channel_name(str(line.get("channel", "")))
            yield Moment(at, FROM_US, f"{channel} · {step}", str(line.get("text", "")))
        case "give_task":
            title = in_language(line.get("title", {}), language)
            yield Moment(at, WORK, _("A task for a person: %(title)s") % {"title": title})
        case "reserve":
            values = {"code": line.get("code", ""), "offer": line.get("offer", "")}
            yield Moment(at, ASIDE, _("A code is reserved: %(code)s (%(offer)s)") % values)
        case "set_traits":
            traits = ", ".join(f"{k} = {_said(v)}" for k, v in line.get("traits", {}).items())
            yield Moment(at, ASIDE, _("Noted of the customer: %(traits)s") % {"traits": traits})
        case "end":
            outcome = _end_in_words(book, str(line.get("outcome", "")), language)
            yield Moment(at, ASIDE, _("The dialogue ends: %(outcome)s") % {"outcome": outcome})
        case _:
            yield Moment(at, ASIDE, step)


def _end_in_words(book: Playbook, outcome: str, language: str) -> str:
    """Say how the dialogue ended: by the title of its end, else by a reason's sentence or its name."""
    for step in book.program.steps.values():
        if isinstance(step, Finish) and step.outcome == outcome:
            return in_language(step.title, language) or outcome
    step_key, dot, last = outcome.partition(".")
    if dot and step_key in book.program.steps:
        name = outcome_name(book.program.steps[step_key], last, language)
        return f"{step_title(book.program, step_key, language)} · {name}"
    return sentence(outcome, language).replace("_", " ")
