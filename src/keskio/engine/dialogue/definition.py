"""Reads a dialogue's document (the plain mapping that YAML or JSON gives) into a `Program`.

Everything wrong is found in one go and told as findings; a program comes out only when none of them
is an error. Outcomes that a step leaves unnamed: the default one of its kind continues in the
order of the file, all others end the enrolment under their own name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from keskio.engine.conditions import (
    IN_DIALOGUES,
    NOTHING,
    OF_CUSTOMERS,
    Condition,
    Form,
    compile_condition,
    is_about_properties,
    needs_of,
    read_condition,
)
from keskio.engine.dialogue import program as p
from keskio.engine.dialogue import reading as read
from keskio.engine.dialogue.findings import Finding, error
from keskio.engine.dialogue.reading import Unreadable, reading
from keskio.engine.pressure import AT_ANY_HOUR, PRESSURE_OF, PURPOSES
from keskio.engine.text import words_of
from keskio.engine.times import Span, parse_clock, parse_moment, parse_span

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
DEADLINE_FIELDS = frozenset({"for", "until", "at", "weekday", "working_days"})
QUIET = ("respect", "ignore")
COMMON_FIELDS = frozenset({"kind", "title", "outcomes"})


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
        self.zone = ""
        self.variables = variables
        self.needs = NOTHING
        self.purpose = str(document.get("purpose", ""))
        self.quiet = ""

    def program(self) -> p.Program:
        document = self.document
        if document.get("keskio") != FORMAT:
            raise Unreadable(f"it must begin with 'keskio: {FORMAT}'")
        self._known_fields(document, SETTINGS, "")
        self.zone = read.zone(document.get("zone", "Europe/Helsinki"))
        self.variables = {**self.mapping("variables"), **self.variables}
        self.quiet = read.one_of(document.get("quiet", "respect"), QUIET, "quiet")
        self._known_purpose(self.purpose, "")
        steps = self._steps()
        trigger, exits = self._trigger(), self._exits()
        goal = self._event("goal", document["goal"]) if "goal" in document else None
        return p.Program(
            key=self._key(),
            version=self.version,
            title=reading("title", lambda: read.texts(document.get("title", document["key"]))),
            purpose=self.purpose,
            pressure=str(document.get("pressure", PRESSURE_OF.get(self.purpose, "marketing"))),
            zone=self.zone,
            languages=self._languages(),
            variables=self.variables,
            trigger=trigger,
            object_property=str(document.get("object", "")),
            eligible=reading(
                "eligible", lambda: self.condition(document.get("eligible"), IN_DIALOGUES)
            ),
            reentry=self._reentry(document.get("reentry", "never")),
            goal=goal,
            exits=exits,
            ends=self.moment("ends", document["ends"]) if "ends" in document else None,
            priority=read.whole(document.get("priority", 50), "priority"),
            steps=steps,
            first=next(iter(steps)),
            order=tuple(steps),
            needs=self.needs,
            names=p.names_of((trigger.matcher, goal, *exits), steps),
        )

    def mapping(self, field: str) -> Mapping[str, Any]:
        return read.mapping(self.document.get(field, {}), field)

    def _key(self) -> str:
        key = self.document.get("key")
        if not isinstance(key, str) or not key:
            raise Unreadable("key must be the dialogue's own name, such as 'autumn-service'")
        return key

    def _known_purpose(self, purpose: str, step: str) -> None:
        if purpose not in PURPOSES:
            self.findings.append(error("unknown_purpose", step, repr(purpose)))

    def _known_fields(self, document: Mapping[Any, Any], known: frozenset[str], step: str) -> None:
        for field in sorted(document.keys() - known, key=str):
            self.findings.append(error("unknown_field", step, repr(field)))

    # settings

    def _languages(self) -> tuple[str, ...]:
        languages = read.names(self.document.get("languages", ("fi", "en")), "languages")
        if not languages:
            raise Unreadable("languages must be a list of names")
        return languages

    def _exits(self) -> tuple[p.Matcher, ...]:
        given = self.document.get("exit", ())
        if not isinstance(given, (list, tuple)):
            raise Unreadable("exit must be a list of events")
        return tuple(self._event("exit", item) for item in given)

    def _trigger(self) -> p.Trigger:
        document = self.mapping("trigger")
        kinds = [kind for kind in ("event", "keyword", "audience", "hand") if kind in document]
        if len(kinds) != 1:
            raise Unreadable("trigger must be one of event, keyword, audience, hand")
        kind, value = kinds[0], document[kinds[0]]
        keep = read.names(document.get("keep", ()), "keep")
        if kind == "event":
            where = {"event": value, **{k: v for k, v in document.items() if k == "where"}}
            return p.Trigger("event", matcher=self._event("trigger", where), keep=keep)
        if kind == "audience":
            return self._audience(value)
        if kind == "keyword":
            return self._keyword(value)
        return p.Trigger("hand", keep=keep)

    def _audience(self, value: Any) -> p.Trigger:
        if not isinstance(value, Mapping) or "at" not in value:
            raise Unreadable("trigger audience needs at, and may have who: a condition")
        who = reading("trigger who", lambda: self.condition(value.get("who"), OF_CUSTOMERS))
        at = self.moment("trigger at", {"until": value["at"]})
        return p.Trigger("audience", at=at, who=who)

    def _keyword(self, value: Any) -> p.Trigger:
        words = read.words(value.get("words")) if isinstance(value, Mapping) else []
        if not words:
            raise Unreadable("trigger keyword needs words, and may have a channel")
        table = reading("trigger keyword", lambda: read.word_table(words))
        return p.Trigger("keyword", words=table, channel=str(value.get("channel", "")))

    def _reentry(self, value: object) -> p.Reentry:
        if isinstance(value, Mapping) and set(value) == {"after"}:
            return p.Reentry("after", reading("reentry", lambda: parse_span(str(value["after"]))))
        if value in ("never", "after_end", "always"):
            return p.Reentry(value)
        raise Unreadable("reentry must be never, after_end, always, or {after: 90 days}")

    def condition(self, document: Any, words: frozenset[str]) -> Condition:
        """Return the function that decides a condition made of `words`, and note what it looks at."""
        return compile_condition(document and self._form(document, words), zone=self.zone)

    def _form(self, document: Any, words: frozenset[str]) -> Form:
        form = read_condition(document, words=words)
        self.needs = self.needs | needs_of(form)
        return form

    def _event(self, place: str, value: Any) -> p.Matcher:
        found = self.matcher(place, value)
        if found.words is not None:
            raise Unreadable(f"{place} must name an event, and a reply is none")
        return found

    def matcher(self, place: str, value: Any) -> p.Matcher:
        if isinstance(value, str):
            value = {"event": value}
        if isinstance(value, Mapping) and "reply" in value:
            given = value["reply"]
            if not isinstance(given, Mapping):
                given = {"words": given}
            table = reading(place, lambda: read.word_table(given.get("words")))
            channel = str(given.get("channel", ""))
            return p.Matcher("message.received", words=table, channel=channel)
        name = value.get("event") if isinstance(value, Mapping) else None
        if not isinstance(name, str) or not name:
            raise Unreadable(f"{place} must name an event or a reply")
        if "where" not in value:
            return p.Matcher(name)
        form = reading(place, lambda: self._form(value["where"], IN_DIALOGUES))
        further = not is_about_properties(form)
        where = compile_condition(form, zone=self.zone)
        return p.Matcher(name, where=where, looks_further=further)

    def moment(self, place: str, value: Any) -> p.Moment:
        found: p.Moment = reading(place, lambda: self.moment_of(value))
        return found

    def moment_of(self, value: Any) -> p.Moment:
        if isinstance(value, (str, int, datetime, date)):
            value = {"until": value}
        if not isinstance(value, Mapping) or not value or set(value) - DEADLINE_FIELDS:
            raise ValueError("say for, until, at, weekday or working_days")
        if "until" in value:
            if len(value) > 1:
                raise ValueError("until stands alone, without for, at, weekday or working_days")
            return p.Moment(until=self._fixed(value["until"]))
        days = value.get("working_days")
        if days is not None and set(value) - {"working_days", "at"}:
            raise ValueError("working_days goes with at alone")
        return p.Moment(
            after=parse_span(str(value["for"])) if "for" in value else Span(),
            at=parse_clock(str(value["at"])) if "at" in value else None,
            weekday=read.weekday(value["weekday"]) if "weekday" in value else None,
            working_days=None if days is None else read.whole(days, "working_days"),
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
            kind = document.get("kind") if isinstance(document, Mapping) else document
            if not isinstance(document, Mapping) or not isinstance(kind, str) or kind not in _READ:
                self.findings.append(error("unknown_kind", str(key), repr(kind)))
                continue
            try:
                steps[str(key)] = self._step(str(key), document, str(following))
            except read.FAULTS as fault:
                self.findings.append(error("unreadable", str(key), read.said(fault)))
        if not steps:
            raise Unreadable("no step can be read")
        return steps

    def _step(self, key: str, document: Mapping[str, Any], following: str) -> p.Step:
        if key in (p.END, p.BACK):
            raise Unreadable(f"no step may be called {key}: outcomes that lead there mean no step")
        kind = str(document["kind"])
        self._known_fields(document, COMMON_FIELDS | FIELDS[kind], key)
        named = read.mapping(document.get("outcomes", {}), "outcomes")
        outcomes = {str(name): str(target) for name, target in named.items()}
        default = CONTINUES.get(kind)
        if default and default not in outcomes and not _says_delivered(kind, outcomes):
            outcomes[default] = following
        common = {
            "key": key,
            "kind": kind,
            "outcomes": outcomes,
            "title": read.texts(document.get("title", "")),
        }
        return _READ[kind](self, document, common)

    def message(self, key: str, document: Mapping[str, Any]) -> p.Message:
        purpose = str(document.get("purpose", self.purpose))
        if "purpose" in document:
            self._known_purpose(purpose, key)
        usual = "ignore" if purpose in AT_ANY_HOUR else self.quiet
        quiet = read.one_of(document.get("quiet", usual), QUIET, "quiet")
        own = document.get("pressure", PRESSURE_OF.get(purpose, "marketing"))
        inherited = purpose == self.purpose and "pressure" not in document
        valid = document.get("valid")
        return p.Message(
            channels=read.channels(document["channel"]),
            texts=read.texts(document["text"]),
            subject=read.texts(document.get("subject", "")),
            purpose=purpose,
            pressure=str(self.document.get("pressure", own) if inherited else own),
            respects_quiet=quiet != "ignore",
            valid=None if valid is None else self.moment_of(valid),
        )

    def deadline(self, document: Mapping[str, Any]) -> p.Moment | None:
        said = {field: document[field] for field in DEADLINE_FIELDS if field in document}
        return self.moment_of(said) if said else None


def _says_delivered(kind: str, outcomes: Mapping[str, str]) -> bool:
    return kind == "send" and "delivered" in outcomes


def _send(reader: _Reader, document: Mapping[str, Any], common: dict[str, Any]) -> p.Step:
    return p.Send(**common, message=reader.message(common["key"], document))


def _ask(reader: _Reader, document: Mapping[str, Any], common: dict[str, Any]) -> p.Step:
    given = read.mapping(document["choices"], "choices")
    choices = {str(k): (v if isinstance(v, Mapping) else {}) for k, v in given.items()}
    if not choices:
        raise ValueError("a question needs at least one choice")
    deadline = reader.deadline(document)
    if deadline is None:
        raise ValueError("a question needs for or until: how long it stays open")
    return p.Ask(
        **common,
        message=reader.message(common["key"], document),
        words=words_of({k: read.words(v.get("words")) for k, v in choices.items()}),
        choices={k: read.texts(v.get("title", k)) for k, v in choices.items()},
        deadline=deadline,
        patience=read.whole(document.get("patience", 3), "patience"),
    )


def _wait(reader: _Reader, document: Mapping[str, Any], common: dict[str, Any]) -> p.Step:
    events = read.mapping(document.get("events", {}), "events")
    deadline = reader.deadline(document)
    if deadline is None and not events:
        raise ValueError("a wait needs for, until, at, or events")
    matchers = {str(name): reader.matcher(str(name), given) for name, given in events.items()}
    return p.Wait(**common, deadline=deadline, events=matchers)


def _branch(reader: _Reader, document: Mapping[str, Any], common: dict[str, Any]) -> p.Step:
    given = {str(k): v for k, v in read.mapping(document["branches"], "branches").items()}
    words = OF_CUSTOMERS | {"variable"}

    def branch(name: str) -> tuple[str, Condition]:
        return name, reading(f"branches.{name}", lambda: reader.condition(given[name], words))

    return p.Branch(**common, branches=tuple(branch(name) for name in given))


def _offer(_reader: _Reader, document: Mapping[str, Any], common: dict[str, Any]) -> p.Step:
    return p.Offer(
        **common, offer=str(document["offer"]), keep_as=str(document.get("as", "coupon"))
    )


def _task(reader: _Reader, document: Mapping[str, Any], common: dict[str, Any]) -> p.Step:
    due = reader.moment_of(document["due"])
    queue = str(document.get("queue", "customer-service"))
    return p.Task(**common, text=read.texts(document["text"]), queue=queue, due=due)


def _update(_reader: _Reader, document: Mapping[str, Any], common: dict[str, Any]) -> p.Step:
    return p.Update(**common, traits=dict(read.mapping(document["traits"], "traits")))


def _end(_reader: _Reader, document: Mapping[str, Any], common: dict[str, Any]) -> p.Step:
    return p.Finish(**common, outcome=str(document.get("outcome", common["key"])))


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
