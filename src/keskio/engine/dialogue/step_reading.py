"""Reading steps: for each kind its fields, its default outcome, and how it becomes a step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from keskio.engine.conditions import OF_CUSTOMERS, Condition
from keskio.engine.dialogue import program as p
from keskio.engine.dialogue import reading as read
from keskio.engine.dialogue.moment_reading import DEADLINE_FIELDS
from keskio.engine.dialogue.reading import reading
from keskio.engine.scores.scales import SCALES
from keskio.engine.text import words_of
from keskio.engine.times import DAY, Span, parse_span

if TYPE_CHECKING:
    from keskio.engine.dialogue.definition import Reader

Document: TypeAlias = Mapping[str, Any]
Common: TypeAlias = dict[str, Any]
CONTINUES = {
    "send": "sent",
    "update": "done",
    "offer": "given",
    "survey": "answered",
    "wait": "timeout",
    "task": "done",
    "timeline": "done",
    "repeat": "ended",
    "call": "ok",
    "start": "started",
    "stop": "stopped",
}
MESSAGE_FIELDS = frozenset({"channel", "text", "subject", "purpose", "pressure", "quiet", "valid"})
COMMON_FIELDS = frozenset({"kind", "title", "outcomes"})
PROMISE_FIELDS = frozenset({"text", "due", "team", "owner", "kept_by", "remind_at"})
KNOWN_IN_STEPS = OF_CUSTOMERS | {"variable"}
RHYTHMS = {"day": Span(), "week": Span(), "month": Span(months=1)}
ASKED_EVENT, LONGEST_CLOCK = "survey.asked", 400 * DAY
ANSWERS = ("number", "date", "time", "text", "readings")


def _send(reader: Reader, document: Document, common: Common) -> p.Step:
    message = reader.message(common["key"], document)
    return p.Send(**common, message=message, promise=_promise(reader, document))


def _promise(reader: Reader, document: Document) -> p.Promise | None:
    """Return what a step promises; each name in `kept_by` is a task of this dialogue, else an event."""
    if "promise" not in document:
        return None
    given = read.mapping(document["promise"], "promise")
    if set(given) - PROMISE_FIELDS or "text" not in given:
        raise ValueError("promise has text, due, team, owner, kept_by and remind_at")
    if "due" not in given and "due" not in document:
        raise ValueError("promise needs due: by when")
    named = given.get("kept_by", ())
    names = read.names([named] if isinstance(named, str) else named, "kept_by")
    steps = reader.mapping("steps")
    owner = str(given.get("owner", ""))
    if owner:
        reader.looks_at(owner)
    return p.Promise(
        text=reader.texts(given["text"]),
        due=reader.moment_of(given["due"]) if "due" in given else None,
        team=str(given.get("team", document.get("queue", ""))),
        owner=owner,
        steps=tuple(name for name in names if name in steps),
        events=tuple(name for name in names if name not in steps),
        share=read.share(given.get("remind_at", 0.75)),
    )


def _ask(reader: Reader, document: Document, common: Common) -> p.Step:
    expects = _expected(document["answer"]) if "answer" in document else None
    given = read.mapping(document.get("choices", {}) if expects else document["choices"], "choices")
    choices = {str(k): (v if isinstance(v, Mapping) else {}) for k, v in given.items()}
    if not choices and expects is None:
        raise ValueError("a question needs at least one choice")
    deadline = reader.deadline(document)
    if deadline is None:
        raise ValueError("a question needs for or until: how long it stays open")
    return p.Ask(
        **common,
        message=reader.message(common["key"], document),
        words=words_of({k: read.words(v.get("words")) for k, v in choices.items()}),
        choices={k: reader.texts(v.get("title", k)) for k, v in choices.items()},
        deadline=deadline,
        patience=read.whole(document.get("patience", 3), "patience"),
        expects=expects,
    )


def _survey(reader: Reader, document: Document, common: Common) -> p.Step:
    """Read an invitation: of surveys' own purpose and class, worth sending for three days, open for 21."""
    scale = read.one_of(document.get("scale", "nps"), tuple(SCALES), "scale")
    usual = {"purpose": "research", "pressure": "survey", "valid": {"for": "3 days"}}
    deadline = reader.deadline(document) or reader.moment_of({"for": "21 days"})
    reminder = document.get("reminder", True)
    text = reader.texts(document["text"])
    after = document.get("remind_after", "5 days")
    reader.looks_at_events(ASKED_EVENT, LONGEST_CLOCK)
    keep_as = str(document.get("as", "score"))
    least, most = SCALES[scale].least, SCALES[scale].most
    expects = p.Expected("number", keep_as, least=float(least), most=float(most))
    return p.Survey(
        **common,
        message=reader.message(common["key"], {**usual, **document}),
        words={},
        choices={},
        deadline=deadline,
        patience=read.whole(document.get("patience", 3), "patience"),
        expects=expects,
        survey=str(document["survey"]),
        scale=scale,
        keep_as=keep_as,
        reminder=(text if reminder else {})
        if isinstance(reminder, bool)
        else reader.texts(reminder),
        remind_after=None if after is None else parse_span(str(after)),
        then=reader.texts(document.get("then")),
    )


def _expected(value: Any) -> p.Expected:
    given = read.mapping(value, "answer")
    if set(given) - {"kind", "as", "count", "at_least", "at_most"}:
        raise ValueError("answer has kind, as, count, at_least and at_most")
    kind = read.one_of(given.get("kind"), ANSWERS, "answer kind")
    return p.Expected(
        kind=kind,  # type: ignore[arg-type]
        keep_as=str(given.get("as", "answer")),
        count=read.whole(given.get("count", 1), "count"),
        least=_bound(given.get("at_least")),
        most=_bound(given.get("at_most")),
    )


def _bound(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError("at_least and at_most are numbers")
    return float(value)


def _wait(reader: Reader, document: Document, common: Common) -> p.Step:
    events = read.mapping(document.get("events", {}), "events")
    deadline = reader.deadline(document)
    if deadline is None and not events:
        raise ValueError("a wait needs for, until, at, or events")
    matchers = {str(name): reader.matcher(str(name), given) for name, given in events.items()}
    return p.Wait(**common, deadline=deadline, events=matchers)


def _branch(reader: Reader, document: Document, common: Common) -> p.Step:
    given = {str(k): v for k, v in read.mapping(document["branches"], "branches").items()}

    def branch(name: str) -> tuple[str, Condition]:
        place = f"branches.{name}"
        return name, reading(place, lambda: reader.condition(given[name], KNOWN_IN_STEPS))

    return p.Branch(**common, branches=tuple(branch(name) for name in given))


def _split(reader: Reader, document: Document, common: Common) -> p.Step:
    given = read.mapping(document["arms"], "arms")
    arms = {str(name): read.weight(value) for name, value in given.items()}
    if not any(arms.values()):
        raise ValueError("a split needs at least one arm with a share")
    usual = f"{reader.document.get('key', '')}/{common['key']}"
    return p.Split(**common, arms=arms, experiment=str(document.get("experiment", usual)))


def _timeline(reader: Reader, document: Document, common: Common) -> p.Step:
    of = str(document["of"])
    given = read.mapping(document["items"], "items")
    if not given:
        raise ValueError("a timeline needs items")
    items = tuple(_item(reader, of, str(name), value) for name, value in given.items())
    return p.Timeline(**common, of=of, items=items)


def _item(reader: Reader, of: str, name: str, value: Any) -> p.Item:
    given = read.mapping(value, f"items.{name}")
    offset = {k: v for k, v in given.items() if k not in ("window", "when")}
    moment = reading(f"items.{name}", lambda: reader.anchored(of, offset))
    when = given.get("when")
    return p.Item(
        name=name,
        moment=moment,
        window=parse_span(str(given.get("window", "1 day"))),
        when=None
        if when is None
        else reading(f"items.{name}", lambda: reader.condition(when, KNOWN_IN_STEPS)),
    )


def _repeat(reader: Reader, document: Document, common: Common) -> p.Step:
    every = str(document["every"])
    said = {k: document[k] for k in ("at", "weekday", "workday") if k in document}
    if every in RHYTHMS:
        if every == "week" and "weekday" not in said:
            raise ValueError("each week on which weekday?")
        if every == "day" and "at" not in said:
            raise ValueError("each day at what time?")
        span = RHYTHMS[every]
    else:
        span = parse_span(every)
    beat = reader.moment_of(said) if said else p.Moment()
    while_ = document.get("while")
    until = document.get("until")
    return p.Repeat(
        **common,
        next=p.Moment(after=span, at=beat.at, weekday=beat.weekday, workday=beat.workday),
        times=read.whole(document["times"], "times") if "times" in document else None,
        until=None if until is None else reader.moment_of(until),
        going_on=None if while_ is None else reader.condition(while_, KNOWN_IN_STEPS),
    )


def _call(_reader: Reader, document: Document, common: Common) -> p.Step:
    return p.Call(
        **common,
        connection=str(document["connection"]),
        body=dict(read.mapping(document.get("body", {}), "body")),
        limit=parse_span(str(document.get("within", "1 hour"))),
        keep_as=str(document.get("as", "")),
    )


def _start(_reader: Reader, document: Document, common: Common) -> p.Step:
    given = dict(read.mapping(document.get("with", {}), "with"))
    return p.Start(**common, dialogue=str(document["dialogue"]), properties=given)


def _stop(_reader: Reader, document: Document, common: Common) -> p.Step:
    return p.Stop(**common, dialogue=str(document["dialogue"]))


def _offer(_reader: Reader, document: Document, common: Common) -> p.Step:
    return p.Offer(
        **common, offer=str(document["offer"]), keep_as=str(document.get("as", "coupon"))
    )


def _task(reader: Reader, document: Document, common: Common) -> p.Step:
    due = reader.moment_of(document["due"])
    queue = str(document.get("queue", "customer-service"))
    owner = str(document.get("owner", ""))
    if owner:
        reader.looks_at(owner)
    skill = str(document.get("skill", ""))
    if p.stands_somewhere(skill):
        reader.looks_at(skill)
    return p.Task(
        **common,
        text=reader.texts(document["text"]),
        queue=queue,
        due=due,
        owner=owner,
        skill=skill,
        promise=_promise(reader, document),
    )


def _update(reader: Reader, document: Document, common: Common) -> p.Step:
    changes = {
        field: {str(k): v for k, v in read.mapping(document.get(field, {}), field).items()}
        for field in ("traits", "add", "remove")
    }
    if not any(changes.values()):
        raise ValueError("say traits, add or remove: what is updated")
    for name in (*changes["add"], *changes["remove"]):
        reader.looks_at_trait(name)
    traits, add, remove = changes["traits"], changes["add"], changes["remove"]
    return p.Update(**common, traits=traits, add=add, remove=remove)


def _end(_reader: Reader, document: Document, common: Common) -> p.Step:
    return p.Finish(**common, outcome=str(document.get("outcome", common["key"])))


FIELDS: Mapping[str, frozenset[str]] = {
    "send": MESSAGE_FIELDS | {"promise"},
    "ask": MESSAGE_FIELDS | DEADLINE_FIELDS | {"choices", "patience", "answer"},
    "survey": MESSAGE_FIELDS
    | DEADLINE_FIELDS
    | {"survey", "scale", "reminder", "remind_after", "then", "as", "patience"},
    "wait": DEADLINE_FIELDS | {"events"},
    "branch": frozenset({"branches"}),
    "split": frozenset({"arms", "experiment"}),
    "timeline": frozenset({"of", "items"}),
    "repeat": frozenset({"every", "at", "weekday", "workday", "times", "until", "while"}),
    "call": frozenset({"connection", "body", "within", "as"}),
    "start": frozenset({"dialogue", "with"}),
    "stop": frozenset({"dialogue"}),
    "offer": frozenset({"offer", "as"}),
    "task": frozenset({"text", "queue", "due", "owner", "skill", "promise"}),
    "update": frozenset({"traits", "add", "remove"}),
    "end": frozenset({"outcome"}),
}
READ: Mapping[str, Callable[[Reader, Document, Common], p.Step]] = {
    "send": _send,
    "ask": _ask,
    "survey": _survey,
    "wait": _wait,
    "branch": _branch,
    "split": _split,
    "timeline": _timeline,
    "repeat": _repeat,
    "call": _call,
    "start": _start,
    "stop": _stop,
    "offer": _offer,
    "task": _task,
    "update": _update,
    "end": _end,
}
