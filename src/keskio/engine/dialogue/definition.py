"""Reads a dialogue's document (the plain mapping that YAML or JSON gives) into a `Program`.

Everything wrong is found in one go and told as findings; a program comes out only when none of them
is an error. Outcomes that a step leaves unnamed: the default one of its kind continues in the
order of the file, all others end the enrolment under their own name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keskio.engine.conditions import (
    IN_DIALOGUES,
    NOTHING,
    Condition,
    Form,
    Needs,
    compile_condition,
    is_about_properties,
    needs_of,
    read_condition,
)
from keskio.engine.dialogue import program as p
from keskio.engine.dialogue import reading as read
from keskio.engine.dialogue.asked_of_steps import names_of
from keskio.engine.dialogue.findings import Finding, error
from keskio.engine.dialogue.moment_reading import anchored, deadline_in, read_moment
from keskio.engine.dialogue.reading import Unreadable, reading
from keskio.engine.dialogue.step_reading import COMMON_FIELDS, CONTINUES, FIELDS, READ
from keskio.engine.dialogue.trigger_reading import read_trigger
from keskio.engine.dialogue.waking import OBJECT_NAMES, TRAIT_NAMES, wakes_of
from keskio.engine.pressure import AT_ANY_HOUR, PRESSURE_OF, PURPOSES
from keskio.engine.times import Span, parse_span

FORMAT = "dialogue/1"
SETTINGS = frozenset(
    {
        *("keskio", "key", "title", "purpose", "pressure", "zone", "languages", "variables"),
        *("trigger", "object", "eligible", "reentry", "goal", "exit", "ends", "priority", "quiet"),
        *("control", "worth", "steps"),
    }
)
QUIET = ("respect", "ignore")
GOAL_FIELDS = frozenset({"event", "where", "value", "within", "ends"})


def read_definition(
    document: object, *, version: int = 0, variables: Mapping[str, Any] | None = None
) -> tuple[p.Program | None, list[Finding]]:
    """Return the program of `document` (None if it has errors) and what was found in reading.

    `variables` replace those of the document with the same name: one playbook, other dates.
    """
    reader = Reader(document, version, variables or {})
    try:
        program = reader.program()
    except Unreadable as fault:
        reader.findings.append(error("unreadable", detail=str(fault)))
        return None, reader.findings
    failed = any(finding.severity == "error" for finding in reader.findings)
    return (None if failed else program), reader.findings


class Reader:
    """Reads one document, collecting findings. Triggers and steps are read with it by their modules."""

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
        self.object_kind, self.object_property = "", ""
        self._wakes: frozenset[str] = frozenset()

    def program(self) -> p.Program:
        """Return the program, whole but for what `findings` says of its steps; raises Unreadable."""
        document = self.document
        if document.get("keskio") != FORMAT:
            raise Unreadable(f"it must begin with 'keskio: {FORMAT}'")
        self._known_fields(document, SETTINGS, "")
        self.zone = read.zone(document.get("zone", "Europe/Helsinki"))
        self.variables = {**self.mapping("variables"), **self.variables}
        self.quiet = read.one_of(document.get("quiet", "respect"), QUIET, "quiet")
        self._known_purpose(self.purpose, "")
        self._object(document.get("object", ""))
        steps = self._steps()
        trigger = read_trigger(self)
        exits, leaves = self._exits()
        goal = self._goal()
        about = self.mapping("goal") if isinstance(document.get("goal"), Mapping) else {}
        names = names_of((trigger.matcher, goal, *exits, *leaves), steps)
        return p.Program(
            key=self._key(),
            version=self.version,
            title=reading("title", lambda: self.texts(document.get("title", document["key"]))),
            purpose=self.purpose,
            pressure=str(document.get("pressure", PRESSURE_OF.get(self.purpose, "marketing"))),
            zone=self.zone,
            languages=self._languages(),
            variables=self.variables,
            trigger=trigger,
            object_property=self.object_property,
            object_kind=self.object_kind,
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
            names=names | self._wakes,
            leaves=leaves,
            control=reading("control", lambda: read.share(document.get("control", 0))),
            goal_value=str(about.get("value", "")),
            goal_within=reading("goal within", lambda: _span(about.get("within"))),
            goal_ends=read.flag(about.get("ends", True), "goal ends"),
            worth=reading("worth", self._worth),
        )

    def mapping(self, field: str) -> Mapping[str, Any]:
        """Return the mapping at a field of the document, empty when there is none."""
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

    def _object(self, value: object) -> None:
        if isinstance(value, Mapping):
            if set(value) != {"kind", "key"}:
                raise Unreadable("object must name a property, or a kind and a key")
            self.object_kind, self.object_property = str(value["kind"]), str(value["key"])
            self.needs = self.needs | Needs(objects=frozenset({self.object_kind}))
            self._wakes = self._wakes | OBJECT_NAMES
        else:
            self.object_property = str(value)

    def _exits(self) -> tuple[tuple[p.Matcher, ...], tuple[p.Matcher, ...]]:
        """Return the events, and the states of things, that end the dialogue."""
        given = self.document.get("exit", ())
        if not isinstance(given, (list, tuple)):
            raise Unreadable("exit must be a list of events and conditions")
        found = [self._not_a_reply("exit", item) for item in given]
        events = tuple(matcher for matcher in found if matcher.when is None)
        return events, tuple(matcher for matcher in found if matcher.when is not None)

    def _goal(self) -> p.Matcher | None:
        given = self.document.get("goal")
        if given is None:
            return None
        if isinstance(given, Mapping) and "event" in given:
            self._known_fields(given, GOAL_FIELDS, "")
        return self.event("goal", given)

    def _worth(self) -> p.Worth:
        given = self.mapping("worth")
        if set(given) - {"value", "probability"}:
            raise ValueError("say value and probability")
        usual = read.whole(self.document.get("priority", 50), "priority") / 100
        return p.Worth(
            self._figure(given.get("value", 1.0)), self._figure(given.get("probability", usual))
        )

    def _figure(self, value: object) -> float | str:
        if isinstance(value, Mapping) and set(value) == {"trait"}:
            self.looks_at_trait(str(value["trait"]))
            return str(value["trait"])
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
            raise ValueError(f"{value!r} is neither a number that is not negative nor a trait")
        return float(value)

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

    def looks_at_trait(self, name: str, *, wakes: bool = False) -> None:
        """Note that the dialogue asks for a trait; `wakes`: it is told when the trait changes."""
        self.needs = self.needs | Needs(traits=frozenset({name}))
        if wakes:
            self._wakes = self._wakes | TRAIT_NAMES

    def looks_at_events(self, name: str, reach: int) -> None:
        """Note that the dialogue asks for the customer's events of a name, `reach` microseconds back."""
        self.needs = self.needs | Needs(events={name: reach})

    def looks_at(self, place: str) -> None:
        """Note that "customer.TRAIT" stands somewhere; "object.FIELD" needs an object of a kind."""
        root, _dot, name = place.partition(".")
        if root == "customer" and name:
            self.looks_at_trait(name, wakes=True)
        elif root == "object" and name:
            if not self.object_kind:
                raise ValueError(f"{place} needs an object with a kind: say object: {{kind, key}}")
        elif not place.startswith("$"):
            raise ValueError(f"{place!r} is not customer.TRAIT, object.FIELD or $variable")

    def event(self, place: str, value: Any) -> p.Matcher:
        """Return the matcher of an event; a reply or a state of things is none."""
        found = self._not_a_reply(place, value)
        if found.when is not None:
            raise Unreadable(f"{place} must name an event, and a condition is none")
        return found

    def _not_a_reply(self, place: str, value: Any) -> p.Matcher:
        found = self.matcher(place, value)
        if found.words is not None:
            raise Unreadable(f"{place} must name an event, and a reply is none")
        return found

    def matcher(self, place: str, value: Any) -> p.Matcher:
        """Return the matcher of an event, a reply, or a state of things (`when`)."""
        if isinstance(value, str):
            value = {"event": value}
        if isinstance(value, Mapping) and "when" in value:
            form = reading(place, lambda: self._form(value["when"], IN_DIALOGUES))
            when = compile_condition(form, zone=self.zone)
            return p.Matcher("", when=when, looks_further=True, wakes=wakes_of(form))
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
        """Return the moment that a place of the document says."""
        found: p.Moment = reading(place, lambda: self.moment_of(value))
        return found

    def moment_of(self, value: Any) -> p.Moment:
        """Return the moment that `value` says; raises ValueError."""
        return read_moment(value, self)

    def anchored(self, of: str, value: Any) -> p.Moment:
        """Return a moment that is `of` a date, whose offset and hour `value` says."""
        return anchored(of, value, self)

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
            if not isinstance(document, Mapping) or not isinstance(kind, str) or kind not in READ:
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
            "title": self.texts(document.get("title", "")),
        }
        return READ[kind](self, document, common)

    def texts(self, value: object) -> dict[str, str]:
        """Return language versions, as strictly as a draft is read or as a version that runs."""
        return read.texts(value, is_published=self.version > 0)

    def message(self, key: str, document: Mapping[str, Any]) -> p.Message:
        """Return the message that the step `key` sends."""
        purpose = str(document.get("purpose", self.purpose))
        if "purpose" in document:
            self._known_purpose(purpose, key)
        usual = "ignore" if purpose in AT_ANY_HOUR else self.quiet
        quiet = read.one_of(document.get("quiet", usual), QUIET, "quiet")
        own = document.get("pressure", PRESSURE_OF.get(purpose, "marketing"))
        inherited = purpose == self.purpose and "pressure" not in document
        valid = document.get("valid")
        channel, prefers = document["channel"], False
        if isinstance(channel, Mapping):
            if set(channel) != {"preferred"}:
                raise ValueError("channel must be a name, a list of names, or {preferred: [...]}")
            channel, prefers = channel["preferred"], True
            self.looks_at_trait("preferred_channel")
        return p.Message(
            channels=read.channels(channel),
            texts=self.texts(document["text"]),
            subject=self.texts(document.get("subject", "")),
            purpose=purpose,
            pressure=str(self.document.get("pressure", own) if inherited else own),
            respects_quiet=quiet != "ignore",
            valid=None if valid is None else self.moment_of(valid),
            prefers=prefers,
        )

    def deadline(self, document: Mapping[str, Any]) -> p.Moment | None:
        """Return the moment that the fields of a step say, or None."""
        said = deadline_in(document)
        return self.moment_of(said) if said else None


def _says_delivered(kind: str, outcomes: Mapping[str, str]) -> bool:
    return kind == "send" and "delivered" in outcomes


def _span(value: object) -> Span | None:
    return None if value is None else parse_span(str(value))
