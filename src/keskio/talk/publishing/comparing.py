"""What differs between two definitions, step by step, in sentences in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from difflib import unified_diff
from typing import Any

import msgspec
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keskio.engine.dialogue import program as p
from keskio.engine.dialogue.program import BACK, END, Moment, Program
from keskio.kernel.yamls import read_yaml, write_yaml
from keskio.talk.drawing import outcome_name, step_title
from keskio.talk.moment_words import moment_in_words

# Fields of a step that are told of by what they mean, not by their names.
TOLD = frozenset({"text", "subject", "outcomes", "kind", "next"})
TIMES = frozenset({
    "for", "until", "at", "weekday", "working_days", "working_hours", "valid", "due", "within", "every",
})  # fmt: skip
SETTINGS = {
    "title": gettext_lazy("the title"),
    "purpose": gettext_lazy("the purpose"),
    "trigger": gettext_lazy("what brings people in"),
    "object": gettext_lazy("what the dialogue is about"),
    "eligible": gettext_lazy("who may come in"),
    "reentry": gettext_lazy("coming again"),
    "goal": gettext_lazy("the goal"),
    "exit": gettext_lazy("what ends it at once"),
    "ends": gettext_lazy("the last day"),
    "priority": gettext_lazy("the priority"),
    "worth": gettext_lazy("what it is worth"),
    "pressure": gettext_lazy("the class of contact"),
    "quiet": gettext_lazy("quiet hours"),
    "control": gettext_lazy("the share held out"),
    "languages": gettext_lazy("the languages"),
    "zone": gettext_lazy("the time zone"),
}
LANGUAGES = {"fi": gettext_lazy("in Finnish"), "en": gettext_lazy("in English")}
# A day, or a moment on the local clock, as definitions write them.
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2})?)?")
NEWCOMERS_ONLY = frozenset({"trigger", "reentry", "control", "eligible", "object"})


class Line(msgspec.Struct, frozen=True):
    """One difference. `kind`: added, removed, text, delay, way, setting; `before` and `after` as texts."""

    kind: str
    step: str
    title: str
    sentence: str
    before: str = ""
    after: str = ""


class Side(msgspec.Struct, frozen=True):
    """One of the two that are compared: its text and what it compiles to."""

    text: str
    program: Program

    @property
    def document(self) -> dict[str, Any]:
        """Return what the text holds."""
        found = read_yaml(self.text)
        return found if isinstance(found, dict) else {}


def compare(old: Side, new: Side, language: str) -> list[Line]:
    """Return every difference: settings first, then steps in the order of the new definition."""
    before, after = old.document, new.document
    lines = list(_settings(before, after))
    lines += _variables(old.program.variables, new.program.variables)
    had, has = before.get("steps") or {}, after.get("steps") or {}
    for key in new.program.order:
        if key not in old.program.steps:
            title = step_title(new.program, key, language)
            lines.append(Line("added", key, title, _("A new step.")))
        else:
            lines += _step(old.program, new.program, had.get(key), has.get(key), key, language)
    for key in old.program.order:
        if key not in new.program.steps:
            title = step_title(old.program, key, language)
            lines.append(Line("removed", key, title, _("The step is removed.")))
    return lines


def raw_difference(old: str, new: str) -> str:
    """Return the difference line by line, as programs write it; "" for none."""
    lines = unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=2)
    return "\n".join(list(lines)[2:])


def _settings(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Line]:
    for name, said in SETTINGS.items():
        had, has = before.get(name), after.get(name)
        if had == has:
            continue
        told = _("Changed: %(what)s.") % {"what": said}
        if name in NEWCOMERS_ONLY:
            told += " " + _("It concerns newcomers only.")
        yield Line("setting", "", "", told, _short(had), _short(has))


def _variables(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Line]:
    for name in dict.fromkeys([*after, *before]):
        had, has = before.get(name), after.get(name)
        if had != has:
            told = _("The value %(name)s has changed.") % {"name": name}
            yield Line("setting", "", "", told, _given(had), _given(has))


def _step(
    old: Program, new: Program, had: Any, has: Any, key: str, language: str
) -> Iterator[Line]:
    before, after = old.steps[key], new.steps[key]
    title = step_title(new, key, language)
    had, has = (had if isinstance(had, dict) else {}), (has if isinstance(has, dict) else {})
    if before.kind != after.kind:
        told = _("The step is of another kind: %(kind)s instead of %(earlier)s.")
        said = told % {"kind": after.kind, "earlier": before.kind}
        yield Line("setting", key, title, said)
        return
    yield from _texts(before, after, key, title)
    had_time, has_time = _time_of(before), _time_of(after)
    if had_time != has_time:
        was, now = _moment(had_time, old), _moment(has_time, new)
        yield Line(
            "delay",
            key,
            title,
            _("Another time: %(now)s, it was %(was)s.") % {"now": now, "was": was},
        )
    elif any(had.get(name) != has.get(name) for name in TIMES):
        was, now = (_short({n: one[n] for n in TIMES if n in one}) for one in (had, has))
        yield Line("delay", key, title, _("Another time."), was, now)
    yield from _ways(old, new, before, after, language)
    for name in dict.fromkeys([*has, *had]):
        if name not in TOLD and name not in TIMES and had.get(name) != has.get(name):
            told = _("The setting %(name)s has changed.") % {"name": name}
            yield Line("setting", key, title, told, _short(had.get(name)), _short(has.get(name)))


def _texts(before: p.Step, after: p.Step, key: str, title: str) -> Iterator[Line]:
    for said, had, has in (
        (_("Another text %(language)s."), _bodies(before), _bodies(after)),
        (_("Another subject %(language)s."), _subjects(before), _subjects(after)),
    ):
        for language in dict.fromkeys([*has, *had]):
            was, now = had.get(language, ""), has.get(language, "")
            if was != now:
                name = LANGUAGES.get(language, language)
                yield Line("text", key, title, said % {"language": name}, was, now)


def _bodies(step: p.Step) -> Mapping[str, str]:
    message = p.message_of(step)
    if message is not None:
        return message.texts
    return step.text if isinstance(step, p.Task) else {}


def _subjects(step: p.Step) -> Mapping[str, str]:
    message = p.message_of(step)
    return message.subject if message is not None else {}


def _time_of(step: p.Step) -> Moment | None:
    if isinstance(step, (p.Wait, p.Ask)):
        return step.deadline
    return step.due if isinstance(step, p.Task) else None


def _moment(moment: Moment | None, program: Program) -> str:
    if moment is None:
        return _("no time limit")
    return moment_in_words(moment, program.variables, program.zone)


def _ways(
    old: Program, new: Program, before: p.Step, after: p.Step, language: str
) -> Iterator[Line]:
    title = step_title(new, after.key, language)
    for outcome in dict.fromkeys([*after.outcomes, *before.outcomes]):
        was, now = before.outcomes.get(outcome), after.outcomes.get(outcome)
        if was == now:
            continue
        name = outcome_name(after if now else before, outcome, language)
        goes, went = _place(new, now, language), _place(old, was, language)
        if now is None:
            told = _("The way “%(outcome)s” is gone; it led to: %(was)s.")
        elif was is None:
            told = _("A new way “%(outcome)s” leads to: %(now)s.")
        else:
            told = _("“%(outcome)s” leads to: %(now)s, it led to: %(was)s.")
        said = told % {"outcome": name, "now": goes, "was": went}
        yield Line("way", after.key, title, said)


def _place(program: Program, target: str | None, language: str) -> str:
    if target is None:
        return "–"
    if target == END:
        return _("the end")
    return _("back to the question") if target == BACK else step_title(program, target, language)


def _given(value: Any) -> str:
    """Say a variable's value: a day or a moment as the reader writes it."""
    written = _short(value)
    found = _MOMENT.fullmatch(written)
    if found is None:
        return written
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        return written
    return date_format(at, "SHORT_DATETIME_FORMAT" if found[1] else "SHORT_DATE_FORMAT")


def _short(value: Any) -> str:
    if value is None or value == {}:
        return "–"
    if isinstance(value, (dict, list)):
        return write_yaml(value).strip()
    return str(value)
