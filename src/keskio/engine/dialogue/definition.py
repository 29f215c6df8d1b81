"""Reads a dialogue's document (the plain mapping that YAML or JSON gives) into a `Program`.

Everything wrong is found in one go and told as findings; a program comes out only when none of them
is an error. Outcomes that a step leaves unnamed: the default one of its kind continues in the
order of the file, all others end the enrolment under their own name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from keskio.engine.conditions import compile_condition, needs_of
from keskio.engine.dialogue import program as p
from keskio.engine.dialogue.findings import Finding, error
from keskio.engine.pressure import PRESSURE_OF, PURPOSES
from keskio.engine.text import normalise, words_of
from keskio.engine.times import WEEKDAYS, Span, parse_clock, parse_moment, parse_span

FORMAT = "dialogue/1"
SETTINGS = frozenset(
    {
        *("keskio", "key", "title", "purpose", "pressure", "zone", "languages", "variables"),
        *("trigger", "object", "eligible", "reentry", "goal", "exit", "ends", "priority", "quiet"),
        "steps",
    }
)
CONTINUES = {"send": "sent", "update": "done", "offer": "given", "wait": "timeout", "task": "done"}
MESSAGE_FIELDS = frozenset({"channel", "text", "subject", "purpose", "pressure", "quiet", "valid"})
COMMON_FIELDS = frozenset({"kind", "title", "outcomes"})


class Unreadable(ValueError):
    """A place in the document cannot be read; the message says which and why."""


def read_definition(
    document: object, *, version: int = 0, variables: Mapping[str, Any] | None = None
) -> tuple[p.Program | None, list[Finding]]:
    """Return the program of `document` (None if it has errors) and what was found in reading.

    `variables` replace those of the document with the same name: one playbook, other dates.
    """
    reader = _Reader(document, version, variables or {})
    try:
        program = reader.program()
    except Unreadable as fault:
        reader.findings.append(error("unreadable", detail=str(fault)))
        return None, reader.findings
    failed = any(finding.severity == "error" for finding in reader.findings)
    return (None if failed else program), reader.findings


class _Reader:
    """Reads one document, collecting findings."""

    def __init__(self, document: object, version: int, variables: Mapping[str, Any]) -> None:
        if not isinstance(document, Mapping):
            document = {}
        self.document: Mapping[str, Any] = document
        self.version = version
        self.findings: list[Finding] = []
        self.zone = str(document.get("zone", "Europe/Helsinki"))
        self.variables = {**self.mapping("variables"), **variables}
        self.purpose = str(document.get("purpose", ""))
        self.quiet = str(document.get("quiet", "respect"))

    def program(self) -> p.Program:
        document = self.document
        if document.get("keskio") != FORMAT:
            raise Unreadable(f"it must begin with 'keskio: {FORMAT}'")
        for field in document.keys() - SETTINGS:
            self.findings.append(error("unknown_field", detail=repr(field)))
        self._known_purpose(self.purpose, "")
        steps = self._steps()
        return p.Program(
            key=self._key(),
            version=self.version,
            title=texts(document.get("title", document.get("key", ""))),
            purpose=self.purpose,
            pressure=str(document.get("pressure", PRESSURE_OF.get(self.purpose, "marketing"))),
            zone=self.zone,
            languages=tuple(document.get("languages", ("fi", "en"))),
            variables=self.variables,
            trigger=self._trigger(),
            object_property=str(document.get("object", "")),
            eligible=reading("eligible", lambda: compile_condition(document.get("eligible"))),
            reentry=self._reentry(document.get("reentry", "never")),
            goal=self._matcher("goal", document["goal"]) if "goal" in document else None,
            exits=tuple(self._matcher("exit", item) for item in document.get("exit", ())),
            ends=self.moment("ends", document["ends"]) if "ends" in document else None,
            priority=int(document.get("priority", 50)),
            steps=steps,
            first=next(iter(steps)),
            order=tuple(steps),
            traits=needs_of(document),
        )

    def mapping(self, field: str) -> Mapping[str, Any]:
        value = self.document.get(field, {})
        if not isinstance(value, Mapping):
            raise Unreadable(f"{field} must be a mapping of names to values")
        return value

    def _key(self) -> str:
        key = self.document.get("key")
        if not isinstance(key, str) or not key:
            raise Unreadable("key must be the dialogue's own name, such as 'autumn-service'")
        return key

    def _known_purpose(self, purpose: str, step: str) -> None:
        if purpose not in PURPOSES:
            self.findings.append(error("unknown_purpose", step, repr(purpose)))

    # settings

    def _trigger(self) -> p.Trigger:
        document = self.mapping("trigger")
        kinds = [kind for kind in ("event", "keyword", "audience", "hand") if kind in document]
        if len(kinds) != 1:
            raise Unreadable("trigger must be one of event, keyword, audience, hand")
        kind, value = kinds[0], document[kinds[0]]
        keep = tuple(document.get("keep", ()))
        if kind == "event":
            where = {"event": value, **{k: v for k, v in document.items() if k == "where"}}
            return p.Trigger("event", matcher=self._matcher("trigger", where), keep=keep)
        if kind == "audience":
            return self._audience(value)
        if kind == "keyword":
            words = {normalise(str(word)): str(word) for word in value.get("words", ())}
            return p.Trigger("keyword", words=words, channel=str(value.get("channel", "")))
        return p.Trigger("hand", keep=keep)

    def _audience(self, value: Any) -> p.Trigger:
        if not isinstance(value, Mapping) or "at" not in value:
            raise Unreadable("trigger audience needs at, and may have who: a condition")
        who = reading("trigger who", lambda: compile_condition(value.get("who")))
        at = self.moment("trigger at", {"until": value["at"]})
        return p.Trigger("audience", at=at, who=who)

    def _reentry(self, value: object) -> p.Reentry:
        if isinstance(value, Mapping) and set(value) == {"after"}:
            return p.Reentry("after", reading("reentry", lambda: parse_span(str(value["after"]))))
        if value in ("never", "after_end", "always"):
            return p.Reentry(value)
        raise Unreadable("reentry must be never, after_end, always, or {after: 90 days}")

    def _matcher(self, place: str, value: Any) -> p.Matcher:
        if isinstance(value, str):
            return p.Matcher(value)
        if not isinstance(value, Mapping):
            raise Unreadable(f"{place} must name an event or a reply")
        if "reply" in value:
            given = value["reply"]
            words = given.get("words", ()) if isinstance(given, Mapping) else given
            channel = str(given.get("channel", "")) if isinstance(given, Mapping) else ""
            table = {normalise(str(word)): str(word) for word in words or ()}
            return p.Matcher("message.received", words=table, channel=channel)
        if "event" not in value:
            raise Unreadable(f"{place} must name an event or a reply")
        where = None
        if "where" in value:
            where = reading(place, lambda: compile_condition(value["where"]))
        return p.Matcher(str(value["event"]), where=where)

    def moment(self, place: str, value: Any) -> p.Moment:
        found: p.Moment = reading(place, lambda: self._moment(value))
        return found

    def _moment(self, value: Any) -> p.Moment:
        if isinstance(value, (str, int, datetime, date)):
            value = {"until": value}
        unknown = set(value) - {"for", "at", "weekday", "working_days", "until"}
        if unknown or not value:
            raise ValueError("say for, until, at, weekday or working_days")
        if "until" in value:
            return p.Moment(until=self._fixed(value["until"]))
        weekday = value.get("weekday")
        return p.Moment(
            after=parse_span(str(value["for"])) if "for" in value else Span(),
            at=parse_clock(str(value["at"])) if "at" in value else None,
            weekday=None if weekday is None else WEEKDAYS.index(str(weekday).lower()),
            working_days=int(value["working_days"]) if "working_days" in value else None,
        )

    def _fixed(self, value: Any) -> object:
        if isinstance(value, str) and value.startswith("$"):
            name = value[1:]
            return (
                parse_moment(self.variables[name], self.zone) if name in self.variables else value
            )
        return parse_moment(value, self.zone)

    # steps

    def _steps(self) -> dict[str, p.Step]:
        documents = self.mapping("steps")
        if not documents:
            raise Unreadable("steps must hold at least one step")
        keys = list(documents)
        steps: dict[str, p.Step] = {}
        for index, (key, document) in enumerate(documents.items()):
            following = keys[index + 1] if index + 1 < len(keys) else p.END
            if not isinstance(document, Mapping) or document.get("kind") not in _READ:
                kind = document.get("kind") if isinstance(document, Mapping) else document
                self.findings.append(error("unknown_kind", str(key), repr(kind)))
                continue
            steps[str(key)] = self._step(str(key), document, str(following))
        if not steps:
            raise Unreadable("no step can be read")
        return steps

    def _step(self, key: str, document: Mapping[str, Any], following: str) -> p.Step:
        kind = str(document["kind"])
        allowed = COMMON_FIELDS | FIELDS[kind]
        for field in document.keys() - allowed:
            self.findings.append(error("unknown_field", key, repr(field)))
        named = document.get("outcomes", {})
        if not isinstance(named, Mapping):
            raise Unreadable(f"step {key}: outcomes must be a mapping of outcome to step")
        outcomes = {str(name): str(target) for name, target in named.items()}
        default = CONTINUES.get(kind)
        if default and default not in outcomes and not _says_delivered(kind, outcomes):
            outcomes[default] = following
        common = {
            "key": key,
            "kind": kind,
            "outcomes": outcomes,
            "title": texts(document.get("title", "")),
        }
        try:
            return _READ[kind](self, document, common)
        except (ValueError, KeyError, TypeError, AttributeError) as fault:
            raise Unreadable(f"step {key}: {_said(fault)}") from fault

    def message(self, key: str, document: Mapping[str, Any]) -> p.Message:
        purpose = str(document.get("purpose", self.purpose))
        self._known_purpose(purpose, key)
        quiet = document.get("quiet", "ignore" if purpose in ("answer", "confirmation") else None)
        own = document.get("pressure", PRESSURE_OF.get(purpose, "marketing"))
        inherited = purpose == self.purpose and "pressure" not in document
        valid = document.get("valid")
        return p.Message(
            channels=channels(document["channel"]),
            texts=texts(document["text"]),
            subject=texts(document.get("subject", "")),
            purpose=purpose,
            pressure=str(self.document.get("pressure", own) if inherited else own),
            respects_quiet=(quiet or self.quiet) != "ignore",
            valid=None if valid is None else self._moment(valid),
        )

    def deadline(self, document: Mapping[str, Any]) -> p.Moment | None:
        said = {
            f: document[f]
            for f in ("for", "until", "at", "weekday", "working_days")
            if f in document
        }
        return self._moment(said) if said else None


def channels(value: object) -> tuple[str, ...]:
    """Return the channels that `value` lists, in the order of liking; raises ValueError for none."""
    named = value if isinstance(value, list) else [value]
    if not named or not all(isinstance(name, str) and name for name in named):
        raise ValueError("channel must name a channel, or list some in the order of liking")
    return tuple(named)


def texts(value: object) -> dict[str, str]:
    """Return language versions: a plain string counts as Finnish."""
    if isinstance(value, Mapping):
        return {str(language): str(text) for language, text in value.items()}
    return {"fi": str(value)} if value else {}


def reading(place: str, read: Callable[[], Any]) -> Any:
    """Return what `read` returns; a ValueError becomes Unreadable with the place named."""
    try:
        return read()
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise Unreadable(f"{place}: {_said(fault)}") from fault


def _said(fault: Exception) -> str:
    return f"{fault.args[0]!r} is missing" if isinstance(fault, KeyError) else str(fault)


def _says_delivered(kind: str, outcomes: Mapping[str, str]) -> bool:
    return kind == "send" and "delivered" in outcomes


def _send(reader: _Reader, document: Mapping[str, Any], common: dict[str, Any]) -> p.Step:
    return p.Send(**common, message=reader.message(common["key"], document))


def _ask(reader: _Reader, document: Mapping[str, Any], common: dict[str, Any]) -> p.Step:
    given = document["choices"]
    choices = {str(k): (v if isinstance(v, Mapping) else {}) for k, v in dict(given).items()}
    deadline = reader.deadline(document)
    if deadline is None:
        raise ValueError("a question needs for or until: how long it stays open")
    return p.Ask(
        **common,
        message=reader.message(common["key"], document),
        words=words_of({k: [str(w) for w in v.get("words", ())] for k, v in choices.items()}),
        choices={k: texts(v.get("title", k)) for k, v in choices.items()},
        deadline=deadline,
        patience=int(document.get("patience", 3)),
    )


def _wait(reader: _Reader, document: Mapping[str, Any], common: dict[str, Any]) -> p.Step:
    events = document.get("events", {})
    deadline = reader.deadline(document)
    if deadline is None and not events:
        raise ValueError("a wait needs for, until, at, or events")
    matchers = {str(name): reader._matcher(str(name), given) for name, given in events.items()}  # noqa: SLF001 - same file
    return p.Wait(**common, deadline=deadline, events=matchers)


def _branch(_reader: _Reader, document: Mapping[str, Any], common: dict[str, Any]) -> p.Step:
    branches = tuple((str(k), compile_condition(v)) for k, v in document["branches"].items())
    return p.Branch(**common, branches=branches)


def _offer(_reader: _Reader, document: Mapping[str, Any], common: dict[str, Any]) -> p.Step:
    return p.Offer(
        **common, offer=str(document["offer"]), keep_as=str(document.get("as", "coupon"))
    )


def _task(reader: _Reader, document: Mapping[str, Any], common: dict[str, Any]) -> p.Step:
    due = reader._moment(document["due"])  # noqa: SLF001 - same file
    queue = str(document.get("queue", "customer-service"))
    return p.Task(**common, text=texts(document["text"]), queue=queue, due=due)


def _update(_reader: _Reader, document: Mapping[str, Any], common: dict[str, Any]) -> p.Step:
    return p.Update(**common, traits=dict(document["traits"]))


def _end(_reader: _Reader, document: Mapping[str, Any], common: dict[str, Any]) -> p.Step:
    return p.Finish(**common, outcome=str(document.get("outcome", common["key"])))


DEADLINE_FIELDS = frozenset({"for", "until", "at", "weekday", "working_days"})
FIELDS: Mapping[str, frozenset[str]] = {
    "send": MESSAGE_FIELDS,
    "ask": MESSAGE_FIELDS | DEADLINE_FIELDS | {"choices", "patience"},
    "wait": DEADLINE_FIELDS | {"events"},
    "branch": frozenset({"branches"}),
    "offer": frozenset({"offer", "as"}),
    "task": frozenset({"text", "queue", "due"}),
    "update": frozenset({"traits"}),
    "end": frozenset({"outcome"}),
}
_READ: Mapping[str, Callable[[_Reader, Mapping[str, Any], dict[str, Any]], p.Step]] = {
    "send": _send,
    "ask": _ask,
    "wait": _wait,
    "branch": _branch,
    "offer": _offer,
    "task": _task,
    "update": _update,
    "end": _end,
}
