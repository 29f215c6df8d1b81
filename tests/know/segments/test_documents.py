"""Definitions as files: read, checked, and written so that they read back the same."""

from __future__ import annotations

import pytest

from keskio.know.segments.contracts import SegmentDraft
from keskio.know.segments.documents import (
    read_model,
    read_segment,
    ready_models,
    write_model,
    write_segment,
)


def test_segment_reads_and_writes() -> None:
    text = "key: oulu\ntitle: Oulu\nwhen:\n  trait: town\n  is: Oulu\n"
    draft, faults = read_segment(text)
    assert faults == []
    assert draft == SegmentDraft(
        "oulu", {"fi": "Oulu", "en": "Oulu"}, {"trait": "town", "is": "Oulu"}
    )
    assert write_segment(draft) == text


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("key: [", [""]),
        ("[]", [""]),
        ("key: Iso\nwhen: {trait: a, is: 1}", ["key"]),
        ("key: add\nwhen: {trait: a, is: 1}", ["key"]),
        ("key: a", ["when"]),
        ("key: a\nwhen: {trait: a, is: 1}\nwhy: b", ["why"]),
        ("key: a\nwhen: {all: [{trait: a, is: 1}, {tarit: b, is: 1}]}", ["when.all[1]"]),
        ("key: a\nwhen: {variable: a, is: 1}", ["when"]),
        ("key: a\ntitle: 5\nwhen: {trait: a, is: 1}", ["title"]),
    ],
)
def test_faults_say_where(text: str, places: list[str]) -> None:
    draft, faults = read_segment(text)
    assert draft is None
    assert [fault.place for fault in faults] == places
    assert all(fault.sentence.endswith(".") or ":" in fault.sentence for fault in faults)


def test_days_in_yaml_are_texts() -> None:
    draft, _ = read_segment("key: a\nwhen: {event: A, in: {from: 2026-01-01, to: 2026-02-01}}")
    assert draft is not None
    assert draft.when["in"] == {"from": "2026-01-01", "to": "2026-02-01"}


@pytest.mark.parametrize("key", ["aidaser", "ladder"])
def test_ready_models_are_without_faults_and_round_trip(key: str) -> None:
    draft, faults = read_model(ready_models()[key])
    assert faults == []
    assert draft is not None
    assert draft.key == key
    assert read_model(write_model(draft))[0] == draft


def test_stages_of_the_ready_models() -> None:
    models = {key: read_model(text)[0] for key, text in ready_models().items()}
    assert {key: [s.key for s in model.stages] for key, model in models.items() if model} == {
        "aidaser": [
            "attention",
            "interest",
            "desire",
            "action",
            "satisfaction",
            "engagement",
            "recommendation",
        ],
        "ladder": ["a3", "a2", "a1"],
    }


MODEL = """
key: m
title: M
stages: [low, high]
groups:
  - title: Students
    for: {trait: student, is: true}
    rules: [{stage: high}]
rules: [{stage: high, when: {trait: n, at_least: 5}}, {stage: low}]
"""


def test_model_with_groups_round_trips() -> None:
    draft, faults = read_model(MODEL)
    assert faults == []
    assert draft is not None
    assert [way.only_for for way in draft.ways] == [{"trait": "student", "is": True}, None]
    assert read_model(write_model(draft))[0] == draft


@pytest.mark.parametrize(
    ("change", "places"),
    [
        (("[low, high]", "[low, low]"), ["stages[1]", "groups[0].rules[0]", "rules[0]"]),
        (
            ("stages: [low, high]", "stages: []"),
            ["stages", "groups[0].rules[0]", "rules[0]", "rules[1]"],
        ),
        (("{trait: student, is: true}", "{trait: student}"), ["groups[0].for"]),
        (("when: {trait: n, at_least: 5}", "when: {}"), ["rules[0].when"]),
        (("{stage: low}", "{stage: middle}"), ["rules[1]"]),
        (("rules: [{stage: high, w", "rules: [5, {stage: high, w"), ["rules[0]"]),
    ],
)
def test_faults_of_models_say_where(change: tuple[str, str], places: list[str]) -> None:
    draft, faults = read_model(MODEL.replace(*change))
    assert draft is None
    assert [fault.place for fault in faults] == places
