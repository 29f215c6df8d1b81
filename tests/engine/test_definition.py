"""Reading definitions: what they mean, what is left out, and where each mistake is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keskio.engine.dialogue import program as p
from keskio.engine.dialogue.definition import read_definition
from keskio.engine.dialogue.findings import FINDINGS
from keskio.engine.times import DAY, HOUR, Span
from tests.engine.making import ask, at, document_of, finish, program_of, read, send

HELLO = {"hello": send()}


def message(program: p.Program, key: str) -> p.Message:
    found = p.message_of(program.steps[key])
    assert found is not None
    return found


# what is left out


def test_the_plainest_definition_has_these_settings() -> None:
    program = program_of(HELLO, languages=["fi", "en"])
    assert (program.key, program.version, program.title) == ("test", 0, {"fi": "test"})
    assert (program.purpose, program.pressure, program.zone) == (
        "marketing",
        "marketing",
        "Europe/Helsinki",
    )
    assert (program.reentry, program.priority, program.ends) == (p.Reentry("never"), 50, None)
    assert (program.goal, program.exits, program.object_property) == (None, (), "")
    assert (program.first, program.order, program.languages) == ("hello", ("hello",), ("fi", "en"))
    assert program.trigger == p.Trigger("hand")
    assert program_of(HELLO, languages=["fi"]) is not program


def test_languages_left_out_are_finnish_and_english() -> None:
    document = document_of(HELLO)
    del document["languages"]
    program, _ = read_definition(document)
    assert program is not None
    assert program.languages == ("fi", "en")


@pytest.mark.parametrize(
    ("step", "outcome"),
    [
        (send(), "sent"),
        ({"kind": "update", "traits": {"x": 1}}, "done"),
        ({"kind": "wait", "for": "1 day"}, "timeout"),
        ({"kind": "offer", "offer": "x"}, "given"),
        ({"kind": "task", "text": "Soita", "due": {"working_days": 1}}, "done"),
    ],
)
def test_the_default_outcome_goes_on_in_the_order_of_the_file(step: Any, outcome: str) -> None:
    program = program_of({"one": step, "two": finish()})
    assert program.steps["one"].outcomes == {outcome: "two"}
    alone = program_of({"one": step})
    assert alone.steps["one"].outcomes == {outcome: "end"}


def test_a_named_default_stays_and_delivered_takes_the_place_of_sent() -> None:
    program = program_of({"one": send(outcomes={"sent": "end"}), "two": finish()})
    assert program.steps["one"].outcomes == {"sent": "end"}
    program = program_of({"one": send(outcomes={"delivered": "two"}), "two": finish()})
    assert program.steps["one"].outcomes == {"delivered": "two"}


def test_other_outcomes_left_out_end_under_their_own_name() -> None:
    step = program_of(HELLO).steps["hello"]
    assert p.target_of(step, "bounced") == "end"
    family = program_of(
        {
            "a": send(outcomes={"dropped": "b", "dropped.too_late": "c"}),
            "b": finish(),
            "c": finish(),
        }
    )
    assert p.target_of(family.steps["a"], "dropped.no_permission") == "b"
    assert p.target_of(family.steps["a"], "dropped.too_late") == "c"
    assert p.target_of(family.steps["a"], "held.pressure") == "end"


# messages


@pytest.mark.parametrize(
    ("purpose", "pressure", "quiet"),
    [
        ("marketing", "marketing", True),
        ("live", "marketing", True),
        ("research", "survey", True),
        ("health", "service", True),
        ("service", "service", True),
        ("asked_for", "service", True),
        ("answer", "answer", False),
        ("confirmation", "answer", False),
    ],
)
def test_a_purpose_brings_its_pressure_class_and_hours(
    purpose: str, pressure: str, quiet: bool
) -> None:
    by_step = message(program_of({"hello": send(purpose=purpose)}), "hello")
    assert (by_step.purpose, by_step.pressure, by_step.respects_quiet) == (purpose, pressure, quiet)
    by_dialogue = message(program_of(HELLO, purpose=purpose), "hello")
    assert by_dialogue == by_step


def test_pressure_and_quiet_may_be_said_for_the_dialogue_or_the_step() -> None:
    steps = {
        "a": send(),
        "b": send(purpose="answer"),
        "c": send(pressure="survey", quiet="respect"),
    }
    program = program_of(steps, pressure="service", quiet="ignore")
    said = [(message(program, k).pressure, message(program, k).respects_quiet) for k in "abc"]
    assert said == [("service", False), ("answer", False), ("survey", True)]


def test_channels_are_one_or_a_list() -> None:
    program = program_of({"a": send(), "b": send(channel=["email", "sms"])})
    assert message(program, "a").channels == ("sms",)
    assert message(program, "b").channels == ("email", "sms")
    assert program.channels == {"sms", "email"}


def test_texts_are_finnish_or_by_language() -> None:
    program = program_of(
        {"a": send(text="Hei"), "b": send(text={"fi": "Hei", "en": "Hi"}, title="Tervehdys")}
    )
    assert message(program, "a").texts == {"fi": "Hei"}
    assert message(program, "b").texts == {"fi": "Hei", "en": "Hi"}
    assert program.steps["b"].title == {"fi": "Tervehdys"}


def test_an_empty_text_is_no_text() -> None:
    assert message(program_of({"a": send(text={"fi": "Hei", "en": None})}), "a").texts == {
        "fi": "Hei"
    }


# steps


def test_a_question_knows_its_choices_words_and_time() -> None:
    choices = {"A": {"words": ["huolto"], "title": {"fi": "Huolto"}}, "B": None}
    found = program_of({"q": ask(choices=choices, patience=1)}).steps["q"]
    assert isinstance(found, p.Ask)
    assert found.words == {"a": "A", "huolto": "A", "b": "B"}
    assert found.choices == {"A": {"fi": "Huolto"}, "B": {"fi": "B"}}
    assert (found.deadline, found.patience) == (p.Moment(after=Span(days=2)), 1)


def test_a_wait_knows_its_events_and_replies() -> None:
    events = {
        "bought": "Order Completed",
        "big": {"event": "Order Completed", "where": {"property": "total", "at_least": 10}},
        "yes": {"reply": ["Joo!", "K"]},
        "mail": {"reply": {"words": ["ok"], "channel": "email"}},
        "any": {"reply": None},
    }
    found = program_of(
        {"w": {"kind": "wait", "events": events, "outcomes": dict.fromkeys(events, "end")}}
    ).steps["w"]
    assert isinstance(found, p.Wait)
    assert found.deadline is None
    assert found.events["bought"] == p.Matcher("Order Completed")
    assert found.events["big"].where is not None
    assert found.events["yes"] == p.Matcher("message.received", words={"joo": "Joo!", "k": "K"})
    assert found.events["mail"] == p.Matcher(
        "message.received", words={"ok": "ok"}, channel="email"
    )
    assert found.events["any"] == p.Matcher("message.received", words={})


def test_an_offer_is_kept_as_a_coupon_unless_it_says_otherwise() -> None:
    program = program_of(
        {"a": {"kind": "offer", "offer": "x"}, "b": {"kind": "offer", "offer": "x", "as": "code"}}
    )
    assert [program.steps[k].keep_as for k in "ab"] == ["coupon", "code"]  # type: ignore[attr-defined]


def test_a_task_goes_to_customer_service_unless_it_says_otherwise() -> None:
    task = {"kind": "task", "text": "Soita", "due": {"working_days": 1, "at": "12:00"}}
    found = program_of({"t": task}).steps["t"]
    assert isinstance(found, p.Task)
    assert (found.queue, found.due) == ("customer-service", p.Moment(at=720, working_days=1))


def test_an_end_is_called_by_its_key_unless_it_says_otherwise() -> None:
    program = program_of({"a": {"kind": "end"}, "b": finish("won")})
    assert [program.steps[k].outcome for k in "ab"] == ["a", "won"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("said", "moment"),
    [
        ({"for": "2 hours"}, p.Moment(after=Span(micros=2 * HOUR))),
        ({"for": "1 day", "at": "09:00"}, p.Moment(after=Span(days=1), at=540)),
        ({"weekday": "Sunday"}, p.Moment(weekday=6)),
        ({"working_days": 0}, p.Moment(working_days=0)),
        ({"until": date(2026, 3, 10)}, p.Moment(until=at("2026-03-11T00:00"))),
        ({"until": "2026-03-10T12:00"}, p.Moment(until=at("2026-03-10T12:00"))),
        ({"until": "$known"}, p.Moment(until=at("2026-04-02T00:00"))),
        ({"until": "$kept"}, p.Moment(until="$kept")),
    ],
)
def test_moments_are_read(said: dict[str, Any], moment: p.Moment) -> None:
    found = program_of({"w": {"kind": "wait", **said}}, variables={"known": "2026-04-01"}).steps[
        "w"
    ]
    assert isinstance(found, p.Wait)
    assert found.deadline == moment


# settings


def test_triggers_are_of_four_kinds() -> None:
    event = program_of(
        HELLO,
        trigger={
            "event": "Order Completed",
            "where": {"property": "total", "at_least": 1},
            "keep": ["total"],
        },
    ).trigger
    assert event.matcher is not None
    assert (event.kind, event.matcher.event, event.keep) == ("event", "Order Completed", ("total",))
    keyword = program_of(
        HELLO, trigger={"keyword": {"words": ["Huolto"], "channel": "sms"}}
    ).trigger
    assert (keyword.kind, keyword.words, keyword.channel) == (
        "keyword",
        {"huolto": "Huolto"},
        "sms",
    )
    audience = program_of(
        HELLO, trigger={"audience": {"at": "2026-03-02T09:00", "who": {"trait": "x", "is": 1}}}
    ).trigger
    assert (audience.kind, audience.at) == ("audience", p.Moment(until=at("2026-03-02T09:00")))
    assert audience.who is not None
    assert program_of(HELLO, trigger={"hand": True, "keep": ["x"]}).trigger == p.Trigger(
        "hand", keep=("x",)
    )


@pytest.mark.parametrize(
    ("said", "reentry"),
    [
        ("never", p.Reentry("never")),
        ("after_end", p.Reentry("after_end")),
        ("always", p.Reentry("always")),
        ({"after": "90 days"}, p.Reentry("after", Span(days=90))),
    ],
)
def test_reentry_is_of_four_kinds(said: Any, reentry: p.Reentry) -> None:
    assert program_of(HELLO, reentry=said).reentry == reentry


def test_given_variables_replace_the_documents_own_everywhere() -> None:
    document = document_of(
        {"w": {"kind": "wait", "until": "$ends"}},
        variables={"ends": "2026-03-10", "price": "85 €"},
        trigger={"audience": {"at": "$starts"}},
    )
    program, findings = read_definition(
        document, version=7, variables={"ends": "2026-05-01", "starts": "2026-04-01"}
    )
    assert program is not None, findings
    assert program.variables == {"ends": "2026-05-01", "price": "85 €", "starts": "2026-04-01"}
    assert program.version == 7
    assert program.steps["w"].deadline == p.Moment(until=at("2026-05-02T00:00"))  # type: ignore[attr-defined]
    assert program.trigger.at == p.Moment(until=at("2026-04-02T00:00"))
    assert document["variables"] == {"ends": "2026-03-10", "price": "85 €"}


def test_a_program_knows_the_traits_and_events_that_it_looks_at() -> None:
    steps = {
        "b": {
            "kind": "branch",
            "branches": {"x": {"trait": "town", "is": "Oulu"}},
            "outcomes": {"x": "w", "else": "w"},
        },
        "w": {
            "kind": "wait",
            "for": "1 day",
            "events": {"paid": "Paid"},
            "outcomes": {"paid": "end"},
        },
    }
    program = program_of(
        steps,
        eligible={"trait": "age", "at_least": 18},
        goal="Won",
        exit=["Lost"],
        trigger={"event": "Came"},
    )
    assert program.traits == {"town", "age"}
    assert p.names_of(program) == {"Won", "Lost", "Came", "Paid"}


# mistakes


def found_in(steps: Mapping[str, Any], **settings: Any) -> list[tuple[str, str, str]]:
    program, findings = read(dict(steps), **settings)
    assert program is None
    return [(finding.code, finding.step, finding.detail) for finding in findings]


@pytest.mark.parametrize(
    "document", [None, [], "hello", 3, {}, {"keskio": "dialogue/2"}, {"keskio": []}]
)
def test_a_document_must_say_what_it_is(document: object) -> None:
    program, findings = read_definition(document)
    assert program is None
    assert [f.detail for f in findings] == ["it must begin with 'keskio: dialogue/1'"]


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"key": ""}, "key must be the dialogue's own name"),
        ({"key": 5}, "key must be the dialogue's own name"),
        ({"steps": {}}, "steps must hold at least one step"),
        ({"steps": []}, "steps must be a mapping"),
        ({"variables": 5}, "variables must be a mapping"),
        ({"variables": None}, "variables must be a mapping"),
        ({"trigger": {}}, "trigger must be one of event, keyword, audience, hand"),
        ({"trigger": []}, "trigger must be a mapping"),
        ({"trigger": {"event": "x", "hand": True}}, "trigger must be one of"),
        ({"trigger": {"audience": {}}}, "trigger audience needs at"),
        ({"trigger": {"audience": {"at": "soon"}}}, "trigger at: 'soon' is not a date or a time"),
        (
            {"trigger": {"audience": {"at": "2026-01-01", "who": {"x": 1}}}},
            "trigger who: no condition begins",
        ),
        ({"trigger": {"keyword": "huolto"}}, "trigger keyword needs words"),
        ({"trigger": {"keyword": {}}}, "trigger keyword needs words"),
        ({"trigger": {"event": "x", "keep": 5}}, "keep must be a list"),
        ({"trigger": {"event": 5}}, "trigger must name an event"),
        ({"reentry": "sometimes"}, "reentry must be never"),
        ({"reentry": {"after": "a while"}}, "reentry: 'a while' is not a length of time"),
        ({"eligible": {"trait": "x"}}, "eligible: trait 'x' needs exactly one of"),
        ({"goal": 5}, "goal must name an event"),
        ({"goal": {"event": "x", "where": {"y": 1}}}, "goal: no condition begins with 'y'"),
        ({"goal": {"reply": ["x"]}}, "goal must name an event"),
        ({"exit": [{}]}, "exit must name an event"),
        ({"exit": [{"reply": ["x"]}]}, "exit must name an event"),
        ({"exit": 5}, "exit must be a list"),
        ({"exit": "Car Sold"}, "exit must be a list"),
        ({"ends": "never"}, "ends: 'never' is not a date or a time"),
        ({"ends": {"when": 1}}, "ends: say for, until, at, weekday or working_days"),
        ({"priority": "high"}, "priority must be a whole number"),
        ({"languages": "fi"}, "languages must be a list"),
        ({"languages": 5}, "languages must be a list"),
        ({"languages": []}, "languages must be a list"),
        ({"zone": "Mars/Olympus"}, "zone: there is no time zone 'Mars/Olympus'"),
        ({"zone": ""}, "zone: there is no time zone ''"),
        ({"quiet": "sometimes"}, "quiet must be respect or ignore"),
    ],
)
def test_a_mistake_in_the_settings_is_told(settings: dict[str, Any], sentence: str) -> None:
    program, findings = read_definition({**document_of(HELLO), **settings})
    assert program is None
    assert [f.code for f in findings] == ["unreadable"]
    assert findings[0].detail.startswith(sentence)


@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        ({"kind": "send", "channel": "sms"}, "'text' is missing"),
        ({"kind": "send", "text": "Hei"}, "'channel' is missing"),
        (send(channel=[]), "channel must name a channel"),
        (send(channel=5), "channel must name a channel"),
        (send(valid={"for": "a bit"}), "'a bit' is not a length of time"),
        (send(valid=[]), "say for, until, at, weekday or working_days"),
        (send(outcomes=["end"]), "outcomes must be a mapping"),
        (send(quiet="sometimes"), "quiet must be respect or ignore"),
        (
            {"kind": "ask", "channel": "sms", "text": "?", "choices": {"A": {}}},
            "a question needs for or until",
        ),
        ({"kind": "ask", "channel": "sms", "text": "?", "for": "1 day"}, "'choices' is missing"),
        (ask(choices={"A": {"words": ["b"]}, "B": {}}), "'B' would mean both 'A' and 'B'"),
        (ask(choices={"?": {}}), "'?' has no letter or digit"),
        (ask(choices={}), "a question needs at least one choice"),
        (ask(choices=["A", "B"]), "choices must be a mapping"),
        (ask(patience="much"), "patience must be a whole number"),
        ({"kind": "wait"}, "a wait needs for, until, at, or events"),
        ({"kind": "wait", "weekday": "someday"}, "there is no weekday 'someday'"),
        ({"kind": "wait", "at": "noon"}, "'noon' is not a time of day"),
        ({"kind": "wait", "until": "noon"}, "'noon' is not a date or a time"),
        ({"kind": "wait", "until": "9999-12-31"}, "'9999-12-31' is not a date or a time"),
        ({"kind": "wait", "working_days": "two"}, "working_days must be a whole number"),
        ({"kind": "wait", "for": "1 day", "until": "2026-01-01"}, "until stands alone"),
        ({"kind": "wait", "working_days": 1, "for": "1 day"}, "working_days goes with at alone"),
        ({"kind": "wait", "events": {"x": {"reply": ["!"]}}}, "x: '!' has no letter or digit"),
        ({"kind": "wait", "events": {"x": {}}}, "x must name an event or a reply"),
        ({"kind": "wait", "events": ["Paid"]}, "events must be a mapping"),
        (
            {"kind": "wait", "events": {"x": {"event": "y", "where": 5}}},
            "x: a condition is an object",
        ),
        ({"kind": "branch"}, "'branches' is missing"),
        ({"kind": "branch", "branches": {"x": {"y": 1}}}, "no condition begins with 'y'"),
        ({"kind": "offer"}, "'offer' is missing"),
        ({"kind": "task", "text": "Soita"}, "'due' is missing"),
        ({"kind": "task", "due": {"for": "1 day"}}, "'text' is missing"),
        ({"kind": "update"}, "'traits' is missing"),
        ({"kind": "update", "traits": 5}, "traits must be a mapping"),
    ],
)
def test_a_mistake_in_a_step_is_told_with_the_step(step: dict[str, Any], sentence: str) -> None:
    ((code, where, detail),) = found_in({"first": finish(), "here": step})
    assert (code, where) == ("unreadable", "here")
    assert detail.startswith(sentence)


@pytest.mark.parametrize("key", ["end", "back"])
def test_no_step_is_called_what_outcomes_mean_otherwise(key: str) -> None:
    ((code, where, detail),) = found_in({"first": finish(), key: finish()})
    assert (code, where) == ("unreadable", key)
    assert detail.startswith(f"no step may be called {key}")


@pytest.mark.parametrize("words", ["joo", ["joo"]])
def test_one_word_may_stand_without_a_list(words: object) -> None:
    program = program_of(
        {
            "w": {"kind": "wait", "events": {"x": {"reply": words}}, "outcomes": {"x": "q"}},
            "q": ask(choices={"A": {"words": words}}),
        },
        trigger={"keyword": {"words": words}},
    )
    assert program.trigger.words == {"joo": "joo"}
    assert program.steps["w"].events["x"].words == {"joo": "joo"}  # type: ignore[attr-defined]
    assert program.steps["q"].words == {"a": "A", "joo": "A"}  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", ["call", "", None, 5, ["send"]])
def test_an_unknown_kind_is_told(kind: object) -> None:
    assert found_in({"here": {"kind": kind}, "other": finish()}) == [
        ("unknown_kind", "here", repr(kind))
    ]


@pytest.mark.parametrize("step", [None, "send", 5, []])
def test_a_step_must_be_a_mapping(step: object) -> None:
    assert found_in({"here": step, "other": finish()}) == [("unknown_kind", "here", repr(step))]


def test_every_mistake_in_the_settings_and_steps_is_found_in_one_go() -> None:
    steps = {
        "a": send(colour="red", flavour="sweet"),
        "b": send(purpose="fun"),
        "c": {"kind": "dance"},
        "d": {"kind": "wait"},
        "e": {"kind": "offer"},
    }
    assert found_in(steps, owner="me", colour="red", purpose="joy") == [
        ("unknown_field", "", "'colour'"),
        ("unknown_field", "", "'owner'"),
        ("unknown_purpose", "", "'joy'"),
        ("unknown_field", "a", "'colour'"),
        ("unknown_field", "a", "'flavour'"),
        ("unknown_purpose", "b", "'fun'"),
        ("unknown_kind", "c", "'dance'"),
        ("unreadable", "d", "a wait needs for, until, at, or events"),
        ("unreadable", "e", "'offer' is missing"),
    ]


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.sampled_from(["", "end", "A", "1 day", "$x", "sms"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["event", "reply", "where", "trait", "is", "for", "until", "words", "at", "A"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)
SETTING = st.sampled_from(
    [
        "key",
        "title",
        "purpose",
        "pressure",
        "zone",
        "languages",
        "variables",
        "trigger",
        "object",
        "eligible",
        "reentry",
        "goal",
        "exit",
        "ends",
        "priority",
        "quiet",
        "steps",
    ]
)
FIELD = st.sampled_from(
    [
        "kind",
        "channel",
        "text",
        "subject",
        "purpose",
        "valid",
        "quiet",
        "for",
        "until",
        "at",
        "weekday",
        "working_days",
        "choices",
        "patience",
        "events",
        "branches",
        "offer",
        "as",
        "due",
        "queue",
        "traits",
        "outcome",
        "outcomes",
        "title",
    ]
)
GOOD = st.sampled_from(
    [
        send(),
        ask(),
        finish(),
        {"kind": "wait", "for": "1 day"},
        {"kind": "offer", "offer": "x"},
        {"kind": "task", "text": "x", "due": {"working_days": 1}},
        {"kind": "update", "traits": {}},
        {"kind": "branch", "branches": {"a": {"trait": "x", "is": 1}}},
    ]
)


@given(
    st.dictionaries(SETTING, ANYTHING, max_size=3),
    GOOD,
    st.dictionaries(FIELD, ANYTHING, max_size=3),
)
def test_no_document_whatever_makes_reading_fail(
    settings: dict[str, Any], step: dict[str, Any], fields: dict[str, Any]
) -> None:
    program, findings = read_definition(
        {**document_of({"one": {**step, **fields}, "two": finish()}), **settings}
    )
    assert (program is None) == any(f.severity == "error" for f in findings)
    assert all(
        f.sentence("fi") and f.sentence("en") and f.mend("fi") and f.mend("en") for f in findings
    )


def test_every_finding_has_four_sentences() -> None:
    assert all(len(texts) == 4 and all(texts) for texts in FINDINGS.values())
    assert DAY == 24 * HOUR
