"""The JSON Schema of definitions: it takes what can be read, and refuses what cannot."""

from __future__ import annotations

from importlib import resources
from typing import Any

import jsonschema_rs
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keskio.engine.dialogue.definition import SETTINGS, read_definition
from keskio.engine.dialogue.schema import definition_schema
from keskio.engine.dialogue.step_reading import COMMON_FIELDS, FIELDS
from keskio.kernel.yamls import read_yaml
from tests.engine.making import ask, document_of, finish, send

PLAYBOOKS = resources.files("keskio.talk") / "playbooks"
SCHEMA = definition_schema()
VALIDATOR = jsonschema_rs.validator_for(SCHEMA)


def faults_in(document: object) -> list[str]:
    plain = msgspec.json.decode(msgspec.json.encode(document, enc_hook=str))
    return [
        f"{list(fault.instance_path)}: {fault.message}" for fault in VALIDATOR.iter_errors(plain)
    ]


def test_it_is_a_schema_and_names_every_field() -> None:
    jsonschema_rs.meta.validate(SCHEMA)
    assert SCHEMA["properties"].keys() == SETTINGS
    for kind, fields in FIELDS.items():
        assert SCHEMA["$defs"][f"step_{kind}"]["properties"].keys() == fields | COMMON_FIELDS


@pytest.mark.parametrize(
    "key", sorted(item.name for item in PLAYBOOKS.iterdir() if (item / "dialogue.yaml").is_file())
)
def test_it_takes_every_playbook(key: str) -> None:
    text = (PLAYBOOKS / key / "dialogue.yaml").read_text(encoding="utf-8")
    assert faults_in(read_yaml(text)) == []


GOOD: dict[str, dict[str, Any]] = {
    "send": send(channel={"preferred": ["sms", "email"]}, valid={"for": "1 day", "at": "09:00"}),
    "ask": ask(answer={"kind": "number", "as": "n", "count": 2, "at_least": 1}),
    "survey": {
        "kind": "survey",
        "survey": "nps",
        "channel": ["email", "sms"],
        "text": "{{ survey_link }}",
        "scale": "csat",
        "reminder": False,
        "then": {"fi": "Miksi?"},
    },
    "wait": {"kind": "wait", "of": "customer.born_on", "before": "2 days", "workday": "next"},
    "branch": {"kind": "branch", "branches": {"a": {"trait": "x", "is": 1}}},
    "split": {"kind": "split", "arms": {"a": 50, "b": "50 %"}, "experiment": "x"},
    "timeline": {
        "kind": "timeline",
        "of": "$start",
        "items": {"a": {"for": "1 month", "window": "2 days"}},
    },
    "repeat": {"kind": "repeat", "every": "day", "at": "customer.hour", "times": 3},
    "call": {"kind": "call", "connection": "crm", "body": {"a": ["{{ b }}"]}, "within": "1 hour"},
    "start": {"kind": "start", "dialogue": "other", "with": {"a": "$b"}},
    "stop": {"kind": "stop", "dialogue": "other"},
    "offer": {"kind": "offer", "offer": "x", "as": "code"},
    "task": {"kind": "task", "text": "x", "due": {"working_hours": 2}, "owner": "customer.seller"},
    "update": {"kind": "update", "add": {"tags": "x"}},
    "end": finish(),
}


@pytest.mark.parametrize("kind", FIELDS)
def test_a_step_of_each_kind(kind: str) -> None:
    document = document_of({"first": GOOD[kind], "last": finish()})
    program, findings = read_definition(document)
    assert program is not None, findings
    assert faults_in(document) == []


MISTAKES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"key": ""}, {}),
    ({"colour": "red"}, {}),
    ({"purpose": "joy"}, {}),
    ({"trigger": {}}, {}),
    ({"trigger": {"event": 5}}, {}),
    ({"trigger": {"event": "x", "hand": True}}, {}),
    ({"trigger": {"audience": {}}}, {}),
    ({"trigger": {"keyword": {}}}, {}),
    ({"reentry": "sometimes"}, {}),
    ({"reentry": {"after": "a while"}}, {}),
    ({"exit": "Car Sold"}, {}),
    ({"ends": {}}, {}),
    ({"ends": {"when": 1}}, {}),
    ({"priority": "high"}, {}),
    ({"languages": []}, {}),
    ({"quiet": "sometimes"}, {}),
    ({"steps": {}}, {}),
    ({}, {"kind": "dance"}),
    ({}, {"kind": "send", "channel": "sms"}),
    ({}, send(channel=[])),
    ({}, send(colour="red")),
    ({}, send(title={"fi": "Kiitos", "soitamme sinulle": None})),
    ({}, ask(choices={})),
    ({}, {"kind": "wait", "weekday": "someday"}),
    ({}, {"kind": "wait", "for": "a bit"}),
    ({}, {"kind": "offer"}),
    ({}, {"kind": "task", "text": "x"}),
    ({}, {"kind": "split", "arms": {}}),
    ({}, {"kind": "timeline", "of": "birthday", "items": {"a": {}}}),
    ({}, {"kind": "repeat"}),
    ({}, {"kind": "wait", "events": {"x": {}}}),
]


@pytest.mark.parametrize(("settings", "step"), MISTAKES)
def test_it_refuses_what_cannot_be_read(settings: dict[str, Any], step: dict[str, Any]) -> None:
    document = {**document_of({"first": step or finish()}), **settings}
    assert read_definition(document)[0] is None
    assert faults_in(document) != []


ODD = st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["", "x", "1 day", "end"])


@given(st.sampled_from(sorted(GOOD)), st.data())
def test_what_it_takes_of_a_spoilt_step_can_be_read(kind: str, data: st.DataObject) -> None:
    """What cannot be read is refused, but where more than the shape is asked: times, places, offers."""
    field = data.draw(st.sampled_from(sorted(FIELDS[kind] | {"kind", "nonsense"})))
    document = document_of({"first": {**GOOD[kind], field: data.draw(ODD)}, "last": finish()})
    program, findings = read_definition(document)
    if program is None and not faults_in(document):
        assert all(finding.code == "unreadable" for finding in findings)
    if faults_in(document) and field == "nonsense":
        assert program is None
