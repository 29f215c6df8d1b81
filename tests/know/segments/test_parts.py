"""Whatever a condition says, the builder's form gives it back."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from keskio.engine.conditions import read_condition
from keskio.kernel.yamls import read_yaml, write_yaml
from keskio.know.segments.builder import change, draft_from, draft_of
from keskio.know.segments.documents import plain, read_segment, write_segment
from keskio.know.segments.parts import Part, document_of, part_of, read_form
from tests.engine.conditions import making as make


def form_of(part: Part) -> dict[str, str]:
    """Return what a browser sends of a form that shows `part`."""
    given = {}
    for one in part.walk():
        given[f"{one.path}.kind"] = one.kind
        if one.is_group:
            given[f"{one.path}.n"] = str(len(one.children))
        given.update({f"{one.path}.{name}": value for name, value in one.fields.items()})
    return given


@pytest.mark.parametrize("seed", range(8))
def test_every_condition_comes_back_from_the_form_as_it_was(seed: int) -> None:
    dice = Random(seed)
    for _ in range(40):
        document = make.condition(dice)
        again = document_of(read_form(form_of(part_of(document).numbered())))
        assert read_condition(again) == read_condition(document)


@pytest.mark.parametrize("seed", range(4))
def test_every_condition_comes_back_from_yaml_as_it_was(seed: int) -> None:
    dice = Random(seed)
    for _ in range(40):
        document = make.condition(dice)
        assert read_condition(plain(read_yaml(write_yaml(document)))) == read_condition(document)


SHOWN: list[tuple[str, dict[str, Any]]] = [
    ("trait", {"trait": "town", "is": "Oulu"}),
    ("trait", {"trait": "zip", "in": ["00100", "20100", 5, "a, b"]}),
    ("trait_date", {"trait": "born", "date": {"this": "week"}}),
    ("anniversary", {"trait": "born", "anniversary": {"from": 0, "to": 7}}),
    ("consent", {"consent": "marketing", "channel": "sms", "is": "none"}),
    ("segment", {"segment": "loyal", "for_at_least": "3 days"}),
    ("stage", {"stage": "ladder", "in": ["a1", "a2"]}),
    ("object", {"object": "car", "date": {"field": "due", "in": {"next": "1 month"}}}),
    ("event", {"event": "Order Completed", "in": {"last": "90 days"}, "times": {"is": 0}}),
    ("figure", {"event": "Order Completed", "sum": "revenue", "at_least": 85.5}),
    ("recency", {"event": "Order Completed", "last": {"before": "3 days"}}),
    (
        "sequence",
        {
            "event": "Product Added",
            "not_then": {"event": "Order Completed", "where": {"property": "x", "is": True}},
            "within": "3 days",
            "in": {"from": "2026-01-01"},
        },
    ),
]


@pytest.mark.parametrize(("kind", "document"), SHOWN)
def test_usual_conditions_have_controls_of_their_own(kind: str, document: dict[str, Any]) -> None:
    part = part_of(document)
    assert (part.kind, document_of(part)) == (kind, document)


def test_what_no_control_shows_is_text() -> None:
    nested = {"event": "A", "where": {"any": [{"property": "x", "is": 1}]}}
    part = part_of(nested)
    assert (part.kind, document_of(part)) == ("text", nested)


def test_none_of_several_is_a_group() -> None:
    document = {"not": {"any": [{"trait": "a", "is": 1}, {"trait": "b", "is": 2}]}}
    part = part_of(document)
    assert [child.kind for child in part.children] == ["trait", "trait"]
    assert document_of(part) == document


def test_buttons_add_and_remove_conditions_and_groups() -> None:
    draft, _faults = draft_of("key: a\nwhen: {trait: town, is: Oulu}\n")
    assert draft is not None
    given = {**form_of(draft.root), "key": "a", "c.new": "any", "do": "add:c"}
    draft = change(draft_from(given), "add:c", given)
    assert [part.path for part in draft.root.walk()] == ["c", "c-0", "c-1", "c-1-0"]
    given = {**form_of(draft.root), "key": "a", "c-1.new": "event"}
    draft = change(draft_from(given), "add:c-1", given)
    assert [part.kind for part in draft.root.walk()] == ["all", "trait", "any", "trait", "event"]
    draft = change(draft_from(form_of(draft.root)), "remove:c-1-0", {})
    assert draft.when == {"all": [{"trait": "town", "is": "Oulu"}, {"any": [{"event": ""}]}]}


def test_faults_stand_at_their_parts() -> None:
    draft = draft_from(
        {
            "key": "a",
            "c.kind": "all",
            "c.n": "2",
            "c-0.kind": "trait",
            "c-0.name": "town",
            "c-0.op": "is",
            "c-0.value": "Oulu",
            "c-1.kind": "event",
            "c-1.name": "",
        }
    )
    draft.check("en")
    assert [bool(part.faults) for part in draft.root.walk()] == [False, False, True]


def test_text_and_form_say_the_same() -> None:
    text = (
        "key: loyal\ntitle: {fi: Uskolliset, en: Loyal}\n"
        "when: {event: Order Completed, times: {at_least: 3}}\n"
    )
    draft, _faults = draft_of(text)
    assert draft is not None
    as_text = change(draft, "text", {})
    assert as_text.text is not None
    read, _ = read_segment(as_text.text)
    asked, _ = read_segment(text)
    assert read is not None
    assert asked is not None
    assert (read.key, read.title) == (asked.key, asked.title)
    assert read.when == {"all": [asked.when]}
    assert read_segment(write_segment(asked))[0] == asked
