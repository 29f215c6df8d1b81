"""A dialogue as something to draw: steps as nodes, outcomes as edges, all in the reader's language.

It says what stands where and what it is called; where on the page it comes is the browser's to work
out, and how many are there now comes apart (`queries`), so that counts change without a redraw.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

import msgspec
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keskio.engine.dialogue import program as engine
from keskio.engine.dialogue.program import BACK, END, Program, message_of
from keskio.kernel.i18n import in_language
from keskio.talk.moment_words import moment_in_words
from keskio.web import names
from keskio.web.names import Reader

KINDS = {
    "send": gettext_lazy("Message"),
    "ask": gettext_lazy("Question"),
    "survey": gettext_lazy("Survey"),
    "wait": gettext_lazy("Wait"),
    "branch": gettext_lazy("Branch"),
    "offer": gettext_lazy("Offer"),
    "task": gettext_lazy("Task"),
    "update": gettext_lazy("Update"),
    "split": gettext_lazy("Split"),
    "timeline": gettext_lazy("Timeline"),
    "repeat": gettext_lazy("Rhythm"),
    "call": gettext_lazy("Call"),
    "start": gettext_lazy("Start of a dialogue"),
    "stop": gettext_lazy("Stop of a dialogue"),
    "end": gettext_lazy("End"),
}
OUTCOMES = {
    "sent": gettext_lazy("sent"),
    "delivered": gettext_lazy("delivered"),
    "bounced": gettext_lazy("came back"),
    "failed": gettext_lazy("failed"),
    "held": gettext_lazy("held"),
    "dropped": gettext_lazy("not sent"),
    "other": gettext_lazy("other answer"),
    "none": gettext_lazy("no answer"),
    "timeout": gettext_lazy("time is up"),
    "else": gettext_lazy("everyone else"),
    "given": gettext_lazy("given"),
    "sold_out": gettext_lazy("sold out"),
    "refused": gettext_lazy("refused"),
    "done": gettext_lazy("done"),
    "declined": gettext_lazy("not done"),
    "overdue": gettext_lazy("late"),
    "answer": gettext_lazy("answered"),
    "answered": gettext_lazy("answered"),
    "partial": gettext_lazy("answered in part"),
    "run": gettext_lazy("each run"),
    "ended": gettext_lazy("rhythm over"),
    "ok": gettext_lazy("accepted"),
    "started": gettext_lazy("begun"),
    "stopped": gettext_lazy("stopped"),
}
TONES = {
    "none": "quiet", "timeout": "quiet", "other": "quiet", "else": "quiet",
    "bounced": "bad", "failed": "bad", "dropped": "bad", "declined": "bad", "overdue": "bad",
    "sold_out": "bad", "refused": "bad",
}  # fmt: skip
CHANNELS = {
    "sms": gettext_lazy("SMS"),
    "email": gettext_lazy("E-mail"),
    "letter": gettext_lazy("Letter"),
    "social": gettext_lazy("Social media"),
}


_NAMED = (names.SURVEY, names.QUEUE, names.OFFER, names.CONNECTION, names.DIALOGUE)
Called: TypeAlias = Mapping[str, Mapping[str, str]]


class Text(msgspec.Struct, frozen=True):
    """What a step says in one language."""

    language: str
    subject: str
    body: str


class Node(msgspec.Struct, frozen=True):
    """A step, or a place where the drawing ends: `kind` is then "stop" or "back"."""

    id: str
    kind: str
    kind_name: str
    title: str
    lines: list[str]
    texts: list[Text]
    url: str = ""


class Edge(msgspec.Struct, frozen=True):
    """One or more outcomes of a step that lead to the same place. Tones: plain, answer, quiet, bad."""

    id: str
    source: str
    target: str
    outcomes: list[str]
    label: str
    tone: str


class Drawing(msgspec.Struct, frozen=True):
    """A whole dialogue, to be drawn; nodes stand in the order of the definition."""

    first: str
    nodes: list[Node]
    edges: list[Edge]


class StepCount(msgspec.Struct, frozen=True):
    """How it stands at one step now. `outcomes` counts those who have left, by outcome."""

    waiting: int
    passed: int
    outcomes: dict[str, int]
    held: int
    dropped: int


class FlowCounts(msgspec.Struct, frozen=True):
    """How it stands at every step now, by the step's key."""

    steps: dict[str, StepCount]


def draw(program: Program, language: str) -> Drawing:
    """Return `program` as nodes and edges, named in `language`."""
    nodes: list[Node] = []
    edges: list[Edge] = []
    called = _called(program, language)
    for key in program.order:
        step = program.steps[key]
        nodes.append(_node(program, step, language, called))
        for edge in _edges(step, language):
            edges.append(edge)
            if edge.target not in program.steps:
                nodes.append(_stop(edge))
    return Drawing(program.first, nodes, edges)


def outcome_name(step: engine.Step | None, outcome: str, language: str) -> str:
    """Return an outcome in words: a choice by its title, a known one translated, others as they are."""
    if isinstance(step, engine.Ask) and outcome in step.choices:
        title = in_language(step.choices[outcome], language)
        return f"{outcome} · {title}" if title and title != outcome else outcome
    if isinstance(step, engine.Wait) and outcome in step.events:
        matcher = step.events[outcome]
        return _event_name(matcher) if matcher.when is None else _plain(outcome)
    if isinstance(step, engine.Split) or (
        isinstance(step, engine.Timeline) and any(item.name == outcome for item in step.items)
    ):
        return _plain(outcome)
    family, _dot, reason = outcome.partition(".")
    name = OUTCOMES.get(outcome) or OUTCOMES.get(family)
    if name is None:
        return _plain(outcome)
    return str(name) if outcome in OUTCOMES or not reason else f"{name}: {reason}"


def _plain(name: str) -> str:
    return name.replace("-", " ").replace("_", " ")


def _event_name(matcher: engine.Matcher) -> str:
    """Say which event is awaited: an answer by its words, others by their names."""
    if matcher.words:
        words = " / ".join(sorted({word.upper() for word in matcher.words}))
        return _("answer %(words)s") % {"words": words}
    return matcher.event


def step_title(program: Program, key: str, language: str) -> str:
    """Return what a step is called; one that is no more there by its key."""
    step = program.steps.get(key)
    return (in_language(step.title, language) if step else "") or key


def channel_name(channel: str) -> str:
    """Return what a channel is called."""
    return str(CHANNELS.get(channel, channel))


def _called(program: Program, language: str) -> Called:
    """Return what the things are called that the steps name: one question a kind."""
    keys: dict[str, set[str]] = {kind: set() for kind in _NAMED}
    for step in program.steps.values():
        match step:
            case engine.Survey():
                keys[names.SURVEY].add(step.survey)
            case engine.Task():
                keys[names.QUEUE].add(step.queue)
            case engine.Offer():
                keys[names.OFFER].add(step.offer)
            case engine.Call():
                keys[names.CONNECTION].add(step.connection)
            case engine.Start() | engine.Stop():
                keys[names.DIALOGUE].add(step.dialogue)
            case _:
                pass
    reader = Reader(language)
    return {kind: names.names_of(kind, found, reader) for kind, found in keys.items()}


def _node(program: Program, step: engine.Step, language: str, called: Called) -> Node:
    return Node(
        id=step.key,
        kind=step.kind,
        kind_name=str(KINDS.get(step.kind, step.kind)),
        title=in_language(step.title, language) or step.key,
        lines=[line for line in _lines(program, step, called) if line],
        texts=_texts(step),
    )


def _lines(program: Program, step: engine.Step, called: Called) -> Iterator[str]:
    """Say what the step does beside its text: channels, deadlines, who does it."""
    message = message_of(step)
    if message:
        yield " / ".join(channel_name(channel) for channel in message.channels)
    yield from _waiting(program, step, called)
    yield from _doing(step, called)


def _waiting(program: Program, step: engine.Step, called: Called) -> Iterator[str]:
    """Say until when the step waits, and for whom."""

    def said(moment: engine.Moment) -> str:
        return moment_in_words(moment, program.variables, program.zone)

    match step:
        case engine.Survey():
            yield called[names.SURVEY][step.survey]
            yield _("Open %(until)s") % {"until": said(step.deadline)}
        case engine.Ask():
            yield _("Open %(until)s") % {"until": said(step.deadline)}
            if step.expects:
                yield _("Kept as: %(name)s") % {"name": step.expects.keep_as}
        case engine.Wait(deadline=engine.Moment() as deadline):
            yield said(deadline)
        case engine.Task():
            yield _("For: %(queue)s") % {"queue": called[names.QUEUE][step.queue]}
            yield _("Due %(moment)s") % {"moment": said(step.due)}
        case engine.Timeline():
            yield _("Counted from: %(date)s") % {"date": step.of}
        case engine.Repeat():
            yield said(step.next)
            if step.times is not None:
                yield _("%(count)s times") % {"count": step.times}
        case _:
            pass


def _doing(step: engine.Step, called: Called) -> Iterator[str]:
    """Say what the step does at once."""
    match step:
        case engine.Offer():
            yield called[names.OFFER][step.offer]
        case engine.Update():
            yield ", ".join(f"{name} = {value}" for name, value in step.traits.items())
            yield ", ".join(f"{name} + {value}" for name, value in step.add.items())
            yield ", ".join(f"{name} − {value}" for name, value in step.remove.items())
        case engine.Split():
            yield ", ".join(f"{arm} {share:g}" for arm, share in step.arms.items())
        case engine.Call():
            yield _("Calls: %(connection)s") % {
                "connection": called[names.CONNECTION][step.connection]
            }
        case engine.Start() | engine.Stop():
            yield called[names.DIALOGUE][step.dialogue]
        case engine.Finish():
            yield _("Ends as: %(outcome)s") % {"outcome": step.outcome}
        case _:
            pass


def _texts(step: engine.Step) -> list[Text]:
    message = message_of(step)
    subjects: Mapping[str, str] = message.subject if message else {}
    bodies = message.texts if message else step.text if isinstance(step, engine.Task) else {}
    return [Text(language, subjects.get(language, ""), body) for language, body in bodies.items()]


def _edges(step: engine.Step, language: str) -> Iterator[Edge]:
    """Join outcomes that lead to the same place; a step that always goes on needs no word for it."""
    if step.kind == "end":
        return
    together: dict[str, list[str]] = {}
    for outcome, target in step.outcomes.items():
        together.setdefault(target, []).append(outcome)
    for target, outcomes in together.items():
        names = [outcome_name(step, outcome, language) for outcome in outcomes]
        label = "" if len(together) == 1 and len(outcomes) != 1 else ", ".join(names)
        goal = target if target not in (END, BACK) else f"{step.key}:{target}"
        yield Edge(f"{step.key}>{goal}", step.key, goal, outcomes, label, _tone(step, outcomes))


def _tone(step: engine.Step, outcomes: list[str]) -> str:
    if isinstance(step, engine.Ask) and any(outcome in step.choices for outcome in outcomes):
        return "answer"
    tones = {TONES.get(outcome.partition(".")[0], "plain") for outcome in outcomes}
    return tones.pop() if len(tones) == 1 else "plain"


def _stop(edge: Edge) -> Node:
    is_back = edge.target.endswith(f":{BACK}")
    title = _("Back to the question") if is_back else _("The end")
    return Node(edge.target, "back" if is_back else "stop", "", title, [], [])
