"""What cannot be read in a definition, and that it is told where and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keskio.engine.dialogue.definition import read_definition
from keskio.engine.dialogue.findings import FINDINGS
from keskio.engine.times import DAY, HOUR
from tests.engine.making import ask, document_of, finish, program_of, read, send

HELLO = {"hello": send()}


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
        ({"trigger": {}}, "trigger must be one of event, segment, keyword"),
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
        (
            {"ends": {"when": 1}},
            "ends: say for, until, at, weekday, working_days, working_hours, or of a date",
        ),
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
        (send(valid=[]), "say for, until, at, weekday, working_days, working_hours, or of a date"),
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
        ({"kind": "branch", "branches": {"x": {"y": 1}}}, "branches.x: no condition begins"),
        ({"kind": "offer"}, "'offer' is missing"),
        ({"kind": "task", "text": "Soita"}, "'due' is missing"),
        ({"kind": "task", "due": {"for": "1 day"}}, "'text' is missing"),
        ({"kind": "update"}, "say traits, add or remove"),
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


@pytest.mark.parametrize("kind", ["shout", "", None, 5, ["send"]])
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
