"""Conditions as sentences: docs/conditions.md has a table for every atom, and it is true."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
import yaml

from keskio.engine.conditions import OPERATORS, document_of, forms, read_condition
from keskio.engine.conditions.particulars import COUNTING
from keskio.engine.conditions.sentences import sentence_of
from tests.engine.conditions import making as make

PAGE = Path(__file__).parents[3] / "docs" / "conditions.md"


def told() -> list[tuple[dict[str, Any], str, str]]:
    """Return the page's rows: a condition, its sentence in Finnish and in English."""
    rows = [line.split(" | ") for line in PAGE.read_text("utf-8").splitlines()]
    return [
        (yaml.safe_load(row[0][3:-1]), row[1], row[2].removesuffix(" |"))
        for row in rows
        if len(row) == 3 and row[0].startswith("| `{")
    ]


@pytest.mark.parametrize(("document", "finnish", "english"), told(), ids=str)
def test_the_page_says_what_the_conditions_say(
    document: dict[str, Any], finnish: str, english: str
) -> None:
    assert sentence_of(document, "fi") == finnish
    assert sentence_of(document, "en") == english


def test_the_page_has_every_atom_and_every_word() -> None:
    documents = [document for document, _, _ in told()]
    atoms = {type(form).__name__ for document in documents for form in _forms(document)}
    union = {kind.__name__ for kind in forms.Condition.__args__}  # type: ignore[attr-defined]
    assert atoms == union
    words = " ".join(str(document_of(read_condition(document))) for document in documents)
    figures = ("sum", "average", "min", "max", "first", "last", "distinct")
    missing = [word for word in (*OPERATORS, *figures) if f"'{word}':" not in words]
    assert missing == []


def _forms(document: dict[str, Any]) -> list[forms.Condition]:
    form = read_condition(document)
    parts = getattr(form, "parts", ()) or ([form.part] if isinstance(form, forms.Not) else [])
    return [form, *(one for part in parts for one in _forms(document_of(part)))]


@pytest.mark.parametrize(
    ("document", "finnish", "english"),
    [
        (
            {"not": {"all": [{"trait": "a", "is": 1}, {"trait": "b", "is": 5.0}]}},
            "Ei pidä paikkaansa, että (”a” on 1 ja ”b” on 5).",
            "It is not true that (“a” is 1 and “b” is 5).",
        ),
        (
            {"not": {"not": {"trait": "town", "exists": True}}},
            "”town” on tiedossa.",
            "“town” is known.",
        ),
        (
            {"not": {"trait": "town", "exists": True}},
            "”town” ei ole tiedossa.",
            "“town” is not known.",
        ),
        (
            {"event": "X", "times": {"is": 1}, "in": {"last": "1 month 2 days"}},
            "”X” on tapahtunut täsmälleen kerran viimeisten 1 kuukauden ja 2 päivän aikana.",
            "“X” has happened exactly once in the last 1 month and 2 days.",
        ),
        (
            {"event": "X", "in": {"before": "1 year"}},
            "”X” on tapahtunut yli 1 vuosi sitten.",
            "“X” has happened more than 1 year ago.",
        ),
        (
            {"event": "X", "in": {"from": "2026-01-01T18:00:00"}, "times": {"more_than": 1}},
            "”X” on tapahtunut useammin kuin kerran 1.1.2026 klo 18.00 tai myöhemmin.",
            "“X” has happened more than once on 1 January 2026 at 18:00 or later.",
        ),
        (
            {"object": "car", "times": {"at_most": 1}},
            "Asiakkaalla on enintään yksi kohde lajia ”car”.",
            "The customer has at most 1 object of the kind “car”.",
        ),
        (
            {"trait": "b", "anniversary": {"from": -3, "to": 1}},
            "Päivän ”b” vuosipäivä on aikaisintaan 3 päivää sitten ja viimeistään huomenna.",
            "The anniversary of “b” is between 3 days ago and 1 day ahead.",
        ),
        (
            {"consent": "puutarha", "channel": "push"},
            "Suostumus tarkoitukseen ”puutarha” kanavassa ”push” on annettu.",
            "The consent to “puutarha” by “push” has been given.",
        ),
        (
            {
                "event": "X",
                "sum": "v",
                "at_least": 1.5,
                "where": {"property": "c", "contains": "a"},
            },
            "Summa kohdasta ”v” tapahtumissa ”X”, joissa ”c” sisältää arvon ”a”, on vähintään 1,5.",
            "The sum of “v” in “X” where “c” contains “a” is at least 1.5.",
        ),
    ],
)
def test_what_the_page_does_not_show(document: dict[str, Any], finnish: str, english: str) -> None:
    assert sentence_of(document, "fi") == finnish
    assert sentence_of(document, "en") == english


def test_names_that_are_known_stand_without_quotes() -> None:
    called = {("event", "Order Completed"): "an order", ("property", "total"): "the total"}
    document = {"event": "Order Completed", "where": {"property": "total", "at_least": 5}}
    sentence = sentence_of(document, "en", called=called)
    assert sentence == "An order where the total is at least 5 has happened."


@pytest.mark.parametrize("language", ["fi", "en"])
def test_every_condition_has_a_sentence_of_its_own(language: str) -> None:
    """Conditions that differ in more than how they are written are said differently."""
    said: dict[str, str] = {}
    for seed in range(400):
        form = read_condition(make.condition(Random(seed)))
        sentence = sentence_of(form, language)
        assert sentence.endswith(".")
        assert not sentence.startswith(" ")
        key = msgspec.json.encode(form).decode()
        assert len(sentence) > 5
        said[key] = sentence
    assert len(set(said.values())) > 0.9 * len(said)


@pytest.mark.parametrize("operator", COUNTING)
@pytest.mark.parametrize("number", [0, 1, 2])
def test_every_number_of_times_can_be_said(operator: str, number: int) -> None:
    for language in ("fi", "en"):
        for atom in ({"event": "X"}, {"object": "car"}):
            assert sentence_of({**atom, "times": {operator: number}}, language)
