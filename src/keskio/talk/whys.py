"""Why: for each message sent, held or dropped, and each silence, one plain sentence for a person.

Made from what was stored when it was decided, never guessed afterwards. Times, channels and limits
are put into words in the reader's language.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from keskio.engine.dialogue.program import Program
from keskio.engine.dialogue.reasons import SENTENCES, sentence
from keskio.engine.times import DAY, HOUR, Span
from keskio.kernel.clock import Micros, from_micros, to_micros
from keskio.kernel.i18n import in_language
from keskio.talk.drawing import channel_name, step_title
from keskio.talk.models import Decision, Message, Version
from keskio.talk.moment_words import span_in_words
from keskio.talk.shelf import programs_of

PURPOSES = {
    "marketing": gettext_lazy("marketing"),
    "service": gettext_lazy("service"),
    "asked_for": gettext_lazy("asked for by the customer"),
    "answer": gettext_lazy("answer to the customer"),
    "confirmation": gettext_lazy("confirmation of a stop"),
    "research": gettext_lazy("research"),
    "health": gettext_lazy("health"),
    "live": gettext_lazy("offers of the moment"),
}
STATES: Mapping[str, tuple[Any, str]] = {
    "claimed": (pgettext_lazy("message", "on its way"), "calm"),
    "handing": (pgettext_lazy("message", "being handed over"), "calm"),
    "sent": (pgettext_lazy("message", "sent"), "good"),
    "delivered": (pgettext_lazy("message", "delivered"), "good"),
    "bounced": (pgettext_lazy("message", "came back"), "bad"),
    "failed": (pgettext_lazy("message", "failed"), "bad"),
    "unknown": (pgettext_lazy("message", "unknown"), "warn"),
    "withdrawn": (pgettext_lazy("message", "taken back"), "plain"),
}
VERDICTS: Mapping[str, tuple[Any, str]] = {
    "held": (pgettext_lazy("message", "held"), "warn"),
    "dropped": (pgettext_lazy("message", "not sent"), "bad"),
}


DECIDED_BY = "decided by "
HEALTH = "health"


class WhyLine(msgspec.Struct, frozen=True):
    """One thing that was said, or was not, and why. `text` is what went out, once it has gone."""

    at: Micros
    title: str
    tone: str
    sentence: str
    dialogue: str
    dialogue_key: str
    version: int
    step: str
    channel: str
    text: str
    kind: str = ""
    pk: int = 0
    is_hidden: bool = False


def why_of(
    customers: Sequence[int], *, limit: int = 50, may_see_health: bool = True
) -> list[WhyLine]:
    """Return what was decided about one person, newest first. `customers`: all their ids.

    Without `may_see_health` nobody is told what messages about health say, nor in which dialogue.
    """
    messages = Message.objects.filter(customer_id__in=customers).order_by("-claimed_at", "-id")[
        :limit
    ]
    decisions = Decision.objects.filter(customer_id__in=customers).order_by("-at", "-id")[:limit]
    lines = lines_of([*messages, *decisions], may_see_health=may_see_health)
    return sorted(lines, key=lambda line: -line.at)[:limit]


def lines_of(told: Sequence[Message | Decision], *, may_see_health: bool = True) -> list[WhyLine]:
    """Return each message and decision with its sentence, in their order."""
    names = Names({one.version_id for one in told})
    lines = [
        _of_message(m, names) if isinstance(m, Message) else _of_decision(m, names) for m in told
    ]
    if may_see_health:
        return lines
    return [
        _hidden(line) if is_about_health(one, names) else line
        for one, line in zip(told, lines, strict=True)
    ]


def is_about_health(one: Message | Decision, names: Names) -> bool:
    """Tell whether a message, or the dialogue in which something was decided, is about health."""
    program = names.program(one.version_id)
    in_dialogue = program is not None and program.purpose == HEALTH
    return in_dialogue or (isinstance(one, Message) and one.purpose == HEALTH)


def _hidden(line: WhyLine) -> WhyLine:
    said = _("It is about health: what it says is shown only to those who may see health data.")
    return msgspec.structs.replace(
        line, sentence=said, dialogue="", dialogue_key="", step="", text="", is_hidden=True
    )


class Names:
    """What versions and steps are called, in the reader's language."""

    def __init__(self, versions: set[int]) -> None:
        self.language = get_language() or "fi"
        found = Version.objects.filter(pk__in=versions).select_related("dialogue")
        self._versions = {version.pk: version for version in found}
        self._programs: dict[int, Program] = programs_of(set(self._versions))

    def program(self, version: int) -> Program | None:
        """Return the program of a version that is still published."""
        return self._programs.get(version)

    def of(self, version: int, step: str) -> tuple[str, str, int, str]:
        """Return title and key of the dialogue, number of the version, title of the step."""
        found = self._versions.get(version)
        if found is None:
            return "", "", 0, step
        program = self._programs.get(version)
        title = in_language(found.dialogue.title, self.language) or found.dialogue.key
        named = step_title(program, step, self.language) if program else step
        return title, found.dialogue.key, found.number, named


def _of_message(message: Message, names: Names) -> WhyLine:
    why = decoded(message.why)
    content = decoded(message.content)
    dialogue, key, version, step = names.of(message.version_id, message.step)
    title, tone = STATES[message.state]
    if message.enrolment_id < 0:
        step = _("Answer by %(name)s") % {"name": why.get("by", "")}
    parts = [_allowed(message, why)]
    if message.state == Message.State.UNKNOWN:
        parts.append(sentence("unknown", names.language))
    if message.reason:
        parts.append(reason_said(message.reason, names.language))
    return WhyLine(
        at=to_micros(message.claimed_at),
        title=str(title),
        tone=tone,
        sentence=" ".join(parts),
        dialogue=dialogue,
        dialogue_key=key,
        version=version,
        step=step,
        channel=channel_name(message.channel),
        text=str(content.get("text", "")),
        kind="message",
        pk=message.pk,
    )


def reason_said(reason: str, language: str) -> str:
    """Say a reason: one of the closed list, who decided, or what a provider told, as it told it."""
    if reason.startswith(DECIDED_BY):
        return _("Decided by %(name)s.") % {"name": reason.removeprefix(DECIDED_BY)}
    if reason in SENTENCES:
        return sentence(reason, language)
    return _("In the provider's words: %(words)s.") % {"words": reason.rstrip(".")}


def _allowed(message: Message, why: Mapping[str, Any]) -> str:
    """Say what allowed the message."""
    purpose = PURPOSES.get(message.purpose, message.purpose)
    named = {"purpose": purpose, "channel": channel_name(message.channel).lower()}
    if why.get("consent") == "given":
        return _("Allowed by the customer's permission (%(purpose)s, %(channel)s).") % named
    return _("Allowed without a separate permission (%(purpose)s).") % named


def _of_decision(decision: Decision, names: Names) -> WhyLine:
    values = decoded(decision.values)
    dialogue, key, version, step = names.of(decision.version_id, decision.step)
    title, tone = VERDICTS.get(decision.verdict, (_("no effect"), "plain"))
    channel = values.get("channel")
    return WhyLine(
        at=to_micros(decision.at),
        title=str(title),
        tone=tone,
        sentence=" ".join([sentence(decision.reason, names.language), *details_of(values)]),
        dialogue=dialogue,
        dialogue_key=key,
        version=version,
        step=step,
        channel=channel_name(channel) if isinstance(channel, str) and channel != "*" else "",
        text="",
        kind="decision",
        pk=decision.pk,
    )


def details_of(values: Mapping[str, Any]) -> list[str]:
    """Say the values behind a reason: limits, until when, since when too late."""
    said: list[str] = []
    if isinstance(values.get("limit"), int) and isinstance(values.get("window"), int):
        window = span_in_words(length_of(values["window"]))
        said.append(_("At most %(n)d in %(window)s.") % {"n": values["limit"], "window": window})
    if isinstance(values.get("start"), int) and isinstance(values.get("end"), int):
        hours = {"start": _clock(values["start"]), "end": _clock(values["end"])}
        said.append(_("Quiet from %(start)s to %(end)s.") % hours)
    said += _of_rivals(values)
    if isinstance(values.get("until"), int):
        said.append(
            _("It is tried again on %(moment)s.") % {"moment": moment_said(values["until"])}
        )
    if isinstance(values.get("valid_until"), int):
        said.append(_("Of use until %(moment)s.") % {"moment": moment_said(values["valid_until"])})
    return said


def _of_rivals(values: Mapping[str, Any]) -> list[str]:
    """Say what went first: a class, a planned message, the control group."""
    said: list[str] = []
    if isinstance(values.get("winner"), str) and isinstance(values.get("window"), int):
        window = span_in_words(length_of(values["window"]))
        text = _("Nothing goes within %(window)s of a message of the class “%(winner)s”.")
        said.append(text % {"window": window, "winner": values["winner"]})
    if isinstance(values.get("planned"), int):
        text = _("“%(dialogue)s” means to send one %(moment)s.")
        named = {"dialogue": values.get("dialogue", ""), "moment": moment_said(values["planned"])}
        said.append(text % named)
    if isinstance(values.get("rank_of_winner"), (int, float)):
        ranks = {"rank": f"{values.get('rank', 0):g}", "other": f"{values['rank_of_winner']:g}"}
        said.append(_("Its rank was %(rank)s, that of the other %(other)s.") % ranks)
    if isinstance(values.get("group"), str) and isinstance(values.get("share"), (int, float)):
        group = {"group": values["group"], "share": f"{values['share'] * 100:g}"}
        said.append(_("The control group “%(group)s” is %(share)s %% of the customers.") % group)
    return said


def length_of(micros: int) -> Span:
    """Return a length of time that is only known in microseconds, in whole days where there are some."""
    days, rest = divmod(micros, DAY)
    return Span(micros=rest - rest % HOUR if days else rest, days=days)


def _clock(minute: int) -> str:
    return f"{minute // 60}:{minute % 60:02}"


def moment_said(at: Micros) -> str:
    """Write a moment shortly, in the reader's language."""
    return date_format(timezone.localtime(from_micros(at)), "SHORT_DATETIME_FORMAT")


def decoded(text: str) -> dict[str, Any]:
    """Return the mapping that a column of JSON holds; empty when it holds none."""
    found = msgspec.json.decode(text or "{}")
    return found if isinstance(found, dict) else {}
