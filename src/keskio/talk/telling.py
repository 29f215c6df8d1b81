"""Tells what happens in an imagined world: one line for every effect and every reason, in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from keskio.engine.dialogue import effects as do
from keskio.engine.dialogue import routing as r
from keskio.engine.dialogue.reasons import Reason, sentence
from keskio.engine.dialogue.run import Taken
from keskio.engine.times import to_local
from keskio.kernel.i18n import in_language
from keskio.talk.imagined import Witness
from keskio.talk.rendering import render

if TYPE_CHECKING:
    from keskio.talk.imagined import World

Line: TypeAlias = dict[str, Any]
# Told where the host has answered, with what it answered.
_TOLD_BY_HOST = (do.SendMessage, do.Reserve)


class Teller(Witness):
    """Keeps lines until they are `drained`, and counts. `quiet`: only counts."""

    world: World

    def __init__(self, zone: str, *, quiet: bool = False) -> None:
        self.zone, self.quiet = zone, quiet
        self.names: list[str] = [""]
        self.number_of: dict[str, int] = {}
        self.lines: list[Line] = []
        self.counts: Counter[tuple[str, str, str]] = Counter()
        self._last: tuple[tuple[int, str], str] = ((0, ""), "")
        self.answers: dict[tuple[str, str], tuple[str, Any]] = {}

    def add(self, name: str) -> int:
        """Give a customer of this name a number."""
        self.number_of[name] = len(self.names)
        self.names.append(name)
        return self.number_of[name]

    def name_of(self, customer: int) -> str:
        """Return a customer's name."""
        return self.names[customer]

    def drained(self) -> Iterator[Line]:
        """Yield the lines since the last time."""
        lines, self.lines = self.lines, []
        yield from lines

    def summary(self) -> Iterator[Line]:
        """Yield how many there were of each outcome of each step of each dialogue."""
        for (dialogue, step, outcome), times in sorted(self.counts.items()):
            yield {"dialogue": dialogue, "step": step, "outcome": outcome, "times": times}

    # the witness

    def entered(self, customer: int, inside: r.Inside) -> None:
        """Tell that somebody came in."""
        self.counts[inside.program.key, "", "entered"] += 1
        if not self.quiet:
            self.lines.append(self._line(customer, inside, "enter", {}))

    def took(self, customer: int, inside: r.Inside, taken: Taken) -> None:
        """Tell the reasons, and the effects that the host has not told."""
        key, counts = inside.program.key, self.counts
        for step, outcome in taken.passed:
            counts[key, step, outcome] += 1
        for effect in taken.effects:
            if isinstance(effect, do.End):
                counts[key, "", f"{effect.status}:{effect.outcome}"] += 1
        if self.quiet:
            return
        for reason in taken.reasons:
            self.say(customer, inside, reason)
        for effect in taken.effects:
            if not isinstance(effect, _TOLD_BY_HOST):
                self._tell(customer, inside, effect)

    def claimed(self, customer: int, inside: r.Inside, effect: do.SendMessage, channel: str) -> str:
        """Tell the message as it is written to this customer."""
        self.counts[inside.program.key, effect.step, f"message:{channel}"] += 1
        if self.quiet:
            return ""
        try:
            text = self._text(customer, inside, effect)
        except ValueError:
            self.say(customer, inside, Reason("broken_text", effect.step))
            return "broken_text"
        detail = {"channel": channel, "purpose": effect.message.purpose, "text": text}
        self.lines.append(self._line(customer, inside, "send_message", detail, step=effect.step))
        return ""

    def ruled(self, customer: int, inside: r.Inside, verdict: str, reason: str, step: str) -> None:
        """Tell who was refused; other decisions are told as reasons of the step."""
        self.counts[inside.program.key, step, f"{verdict}.{reason}"] += 1
        if verdict == "refused" and not self.quiet:
            self.say(customer, inside, Reason(reason))

    def reserved(
        self, customer: int, inside: r.Inside, effect: do.Reserve, outcome: str, code: str | None
    ) -> None:
        """Tell what the stock gave."""
        if self.quiet:
            return
        detail: Line = {"offer": effect.offer, "code": code}
        if outcome != "given":
            detail["outcome"] = outcome
        self.lines.append(self._line(customer, inside, "reserve", detail, step=effect.step))

    def called(self, customer: int, told: Mapping[str, Any]) -> tuple[str, Any] | None:
        """Return what the script says of this step or connection, of this customer or of all."""
        places = (told["step"], told["connection"])
        for name in (self.names[customer], ""):
            for place in places:
                if (name, place) in self.answers:
                    return self.answers[name, place]
        return None

    def passed_over(self, customer: int, happening: r.Happening) -> None:
        """Tell that nobody waited for a message or a task's answer."""
        if self.quiet:
            return
        if happening.name == r.RECEIVED and not happening.properties.get("keyword"):
            self.say(customer, None, Reason("no_open_question"))
        elif happening.name in (r.TASK_DONE, r.TASK_DECLINED):
            self.say(customer, None, Reason("task_past"))

    def say(self, customer: int, inside: r.Inside | None, reason: Reason) -> None:
        """Tell a reason."""
        if self.quiet:
            return
        line = self._line(customer, inside, "", {})
        line.pop("effect")
        line["step"] = reason.step or line["step"]
        line["reason"] = reason.code
        line["sentence"] = sentence(reason.code, "en")
        if "until" in reason.values:
            line["until"] = self._shown(customer, reason.values["until"])
        if "detail" in reason.values:
            line["detail"] = reason.values["detail"]
        self.lines.append(line)

    # writing

    def _tell(self, customer: int, inside: r.Inside, effect: do.Effect) -> None:
        detail = msgspec.to_builtins(effect)
        step = detail.pop("step", inside.enrolment.step)
        for moment in ("due", "limit"):
            if moment in detail:
                detail[moment] = self._shown(customer, detail[moment])
        for taken in ("reason", "dialogue", "effect", "at", "customer", "object"):
            if taken in detail:  # a line with a reason is not an effect, and the line has its own
                detail["because" if taken == "reason" else f"other_{taken}"] = detail.pop(taken)
        if isinstance(effect, do.GiveTask):
            detail["title"] = self._written(customer, inside, effect.title)
        name = _snake(type(effect).__name__)
        self.lines.append(self._line(customer, inside, name, detail, step=step))

    def _text(self, customer: int, inside: r.Inside, effect: do.SendMessage) -> str:
        program, facts = inside.program, self.world.facts[customer]
        language = facts.language or "fi"
        values = {
            **program.variables,
            **effect.variables,
            "customer": facts.traits,
            "object": facts.fields_of(inside.program.object_kind, inside.enrolment.object),
        }
        template = in_language(effect.message.texts, language)
        if "{" not in template:
            return template
        return render(template, values, language=language, zone=facts.zone or program.zone)

    def _written(self, customer: int, inside: r.Inside, title: dict[str, str]) -> dict[str, str]:
        known = {**inside.program.variables, **inside.enrolment.variables}
        facts = self.world.facts[customer]
        values = {
            **known,
            "customer": facts.traits,
            "object": facts.fields_of(inside.program.object_kind, inside.enrolment.object),
        }
        zone = inside.program.zone
        return {
            language: render(text, values, language=language, zone=zone)
            for language, text in title.items()
        }

    def _line(
        self,
        customer: int,
        inside: r.Inside | None,
        effect: str,
        detail: Line,
        *,
        step: str = "",
    ) -> Line:
        return {
            "at": self._shown(customer, self.world.now),
            "customer": self.names[customer],
            "object": inside.enrolment.object if inside else "",
            "dialogue": inside.program.key if inside else "",
            "step": step or (inside.enrolment.step if inside else ""),
            "effect": effect,
            **detail,
        }

    def _shown(self, customer: int, at: int) -> str:
        facts = self.world.facts.get(customer)
        zone = (facts.zone if facts else "") or self.zone
        if self._last[0] != (at, zone):  # most lines of one moment stand together
            self._last = (at, zone), to_local(at, zone).isoformat(timespec="seconds")
        return self._last[1]


def _snake(name: str) -> str:
    return "".join("_" + c.lower() if c.isupper() else c for c in name).lstrip("_")
