"""Macros: several actions in one, written as a document; what one would do is told before it does it.

```yaml
title: {fi: "Kiitos ja sulje", en: "Thank and close"}
does:
  - reply: {fi: "Kiitos, {{ customer.first_name }}!", en: "Thank you, {{ customer.first_name }}!"}
  - close: yes
```
Steps: `reply`, `draft` (the text goes into the composer, for a person to send), `note` (texts, or
`snippet: KEY`); `assign` (me, nobody, a username), `queue`, `kind`, `severity` (0-3), `themes`,
`snooze` (tomorrow, monday, or a number of days), `close`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from keskio.kernel.errors import Mistake
from keskio.kernel.i18n import LANGUAGES, in_language
from keskio.kernel.yamls import read_yaml
from keskio.respond.desk.models import Macro, Snippet
from keskio.respond.desk.snippets import language_of, written, written_text
from keskio.respond.desk.snooze import PRESETS
from keskio.respond.inbox.contracts import KINDS, SEVERITIES
from keskio.respond.inbox.models import Case
from keskio.talk.api import fault_in_text

TEXTS = ("reply", "draft", "note")
STEPS = (*TEXTS, "assign", "queue", "kind", "severity", "themes", "snooze", "close")
# Whatever the order in which it was written: what is said comes first, what ends the case last.
ORDER = (
    "reply",
    "draft",
    "note",
    "kind",
    "severity",
    "themes",
    "queue",
    "assign",
    "snooze",
    "close",
)


class NotAMacro(Mistake):
    """The document is not a macro; the sentence says where and what is wrong."""

    code = "not_a_macro"


class Read(msgspec.Struct, frozen=True):
    """A macro as it was read: its names, and its steps in the order in which they are done."""

    title: dict[str, str]
    steps: tuple[tuple[str, Any], ...]


class Told(msgspec.Struct, frozen=True):
    """One step of a macro for one case: what it does, in a sentence, and the text that it writes."""

    step: str
    sentence: str
    text: str = ""
    value: Any = None


def read_macro(text: str) -> Read:
    """Return the macro in a document. Raises NotAMacro.

    >>> read_macro("{title: {en: Close}, does: [{close: yes}]}").steps
    (('close', True),)
    """
    try:
        found = read_yaml(text)
    except ValueError as fault:
        raise NotAMacro(str(fault)) from fault
    if not isinstance(found, dict) or set(found) != {"title", "does"}:
        raise NotAMacro("A macro has two parts: title and does.")
    steps = found["does"]
    if not isinstance(steps, list) or not steps:
        raise NotAMacro("does: a list of at least one step.")
    read = dict(_step(place, step) for place, step in enumerate(steps, start=1))
    if len(read) != len(steps):
        raise NotAMacro("does: each kind of step at most once.")
    return Read(_texts("title", found["title"]), tuple((s, read[s]) for s in ORDER if s in read))


def _step(place: int, step: Any) -> tuple[str, Any]:
    if not isinstance(step, dict) or len(step) != 1:
        raise NotAMacro(f"does, step {place}: one name and its value, such as close: yes.")
    name, value = next(iter(step.items()))
    if name not in STEPS:
        raise NotAMacro(f"does, step {place}: no step {name!r}; there are {', '.join(STEPS)}.")
    return name, _checked(f"does, step {place}, {name}", name, value)


def _checked(place: str, name: str, value: Any) -> Any:
    if name in TEXTS:
        if isinstance(value, dict) and set(value) == {"snippet"}:
            return {"snippet": str(value["snippet"])}
        return _texts(place, value)
    allowed: dict[str, tuple[Any, ...]] = {"kind": KINDS, "severity": SEVERITIES}
    if name in allowed and value not in allowed[name]:
        raise NotAMacro(f"{place}: one of {', '.join(map(str, allowed[name]))}.")
    if name == "themes" and not (
        isinstance(value, list) and all(isinstance(v, str) for v in value)
    ):
        raise NotAMacro(f"{place}: a list of themes.")
    if name == "snooze" and value not in PRESETS and not (isinstance(value, int) and value > 0):
        raise NotAMacro(f"{place}: {', '.join(PRESETS)}, or a number of days.")
    if name == "close":
        if value not in (True, "yes"):
            raise NotAMacro(f"{place}: yes.")
        return True
    if name in ("assign", "queue") and not (isinstance(value, str) and value):
        raise NotAMacro(f"{place}: a name.")
    return value


def _texts(place: str, value: Any) -> dict[str, str]:
    if isinstance(value, str):
        value = {"fi": value}
    if not isinstance(value, dict) or not value or not set(value) <= set(LANGUAGES):
        raise NotAMacro(f"{place}: texts by language, such as {{fi: …, en: …}}.")
    texts = {language: str(text) for language, text in value.items()}
    for language, text in texts.items():
        fault = fault_in_text(text)
        if fault:
            raise NotAMacro(f"{place}, {language}: {fault}")
    return texts


def title_of(macro: Macro, language: str) -> str:
    """Return what a macro is called; its key where its document cannot be read any more."""
    try:
        return in_language(read_macro(macro.text).title, language) or macro.key
    except NotAMacro:
        return macro.key


def foretold(macro: Macro, case: Case, user: User) -> list[Told]:
    """Return what a macro would do to a case, step by step. Raises NotAMacro, CannotBeWritten."""
    return list(_foretold(read_macro(macro.text), case, user))


def _foretold(read: Read, case: Case, user: User) -> Iterator[Told]:
    for name, value in read.steps:
        if name in TEXTS:
            yield Told(name, _said(name), _text(value, case, user))
        else:
            yield Told(name, _done(name, value, user), value=value)


def _text(value: dict[str, str], case: Case, user: User) -> str:
    if set(value) == {"snippet"}:
        snippet = Snippet.objects.filter(key=value["snippet"]).first()
        if snippet is None:
            raise NotAMacro(f"There is no snippet {value['snippet']!r}.")
        return written(snippet, case, user)
    language = language_of(case)
    return written_text(in_language(value, language), case, user, language)


def _said(name: str) -> str:
    return {
        "reply": _("Sends this reply:"),
        "draft": _("Puts this into the reply, for you to send:"),
        "note": _("Writes this internal note:"),
    }[name]


def _done(name: str, value: Any, user: User) -> str:
    if name == "assign":
        to = user.username if value == "me" else value
        given = _("Gives the case to %(to)s.") % {"to": to}
        return _("Frees the case.") if value == "nobody" else given
    if name == "snooze":
        return _snoozed(value)
    if name == "kind":
        value = Case.Kind(value).label
    elif name == "severity":
        value = Case.Severity(value).label
    elif name == "themes":
        value = ", ".join(value)
    sentences = {
        "close": _("Closes the case."),
        "kind": _("Marks the case: %(value)s."),
        "severity": _("Sets how serious it is: %(value)s."),
        "queue": _("Moves the case to the queue %(value)s."),
        "themes": _("Sets the themes: %(value)s."),
    }
    return sentences[name] % {"value": value}


def _snoozed(value: Any) -> str:
    presets = {
        "tomorrow": _("Snoozes the case until tomorrow at nine."),
        "monday": _("Snoozes the case until next Monday."),
    }
    return presets.get(str(value)) or _("Snoozes the case for %(n)s days.") % {"n": value}
