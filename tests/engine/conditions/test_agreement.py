"""The two executors agree to the customer: generated conditions over generated customers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from keskio.engine.conditions import compile_condition, document_of, read_condition
from keskio.engine.conditions.sql import Kept, members_sql
from tests.engine.conditions import making as make
from tests.engine.conditions.world import World

# `make agreement` asks for ten times as many.
CONDITIONS = int(os.environ.get("AGREEMENT_CONDITIONS", "200"))
EACH = 25
KEPT = (
    Kept(key="of value", event="A", property="value"),
    Kept(
        key="dear",
        event="B",
        where=read_condition({"property": "value", "at_least": 1}),
        property="value",
    ),
)


@pytest.mark.parametrize("seed", range(max(1, CONDITIONS // EACH)))
def test_python_and_sql_choose_the_same_customers(seed: int) -> None:
    world, dice = World(seed), Random(1000 + seed)
    connection = world.connect(KEPT)
    for number in range(EACH):
        document = make.condition(dice)
        kept = (None, (), KEPT)[number % 3]
        by_python = chosen(world, document)
        sql = members_sql(document, now=make.NOW, zone=world.zone, kept=kept)
        by_sql = [row[0] for row in connection.execute(sql).fetchall()]
        assert sorted(by_sql) == by_python, narrowed(world, connection, document)


# What dice seldom throw: edges of kinds, of nothing at all, and of moments.
EDGES: list[dict[str, Any]] = [
    *(
        {"trait": name, "is": value}
        for name in ("town", "score")
        for value in ("5", 5, "true", True)
    ),
    *({"trait": "tags", "contains": value} for value in ("a", "5", 5, 2.5)),
    {"trait": "tags", "in": ["a", 5, True]},
    *({"event": "A", "where": {"property": "x", "is": value}} for value in ("5", 5, "true", True)),
    *({"event": "B", "where": {"property": "x", "contains": value}} for value in ("a", 5)),
    {"event": "A", "where": {"not": {"property": "value", "at_least": 1}}},
    *({"event": "A", "sum": "value", "at_most": value} for value in (-1, 0, 1)),
    {"event": "A", "sum": "value", "is": 0},
    {"event": "A", "sum": "value", "is_not": 0},
    {"event": "B", "where": {"property": "value", "at_least": 1}, "sum": "value", "at_least": 5},
    {"event": "A", "sum": "value", "exists": False},
    {"event": "A", "distinct": "x", "at_most": 1},
    {"event": "A", "last": "x", "is_not": "a"},
    {"event": "A", "first": "x", "exists": True},
    *({"event": "A", "not_then": {"event": "B"}, "within": each} for each in ("1 day", "1 week")),
    {"event": "A", "then": {"event": "A"}, "within": "1 day"},
    {
        "all": [
            {"event": "A", "last": {"before": "1 day"}},
            {"event": "A", "times": {"at_least": 2}},
        ]
    },
    {
        "all": [
            {"event": "A", "in": {"last": "7 days"}},
            {"event": "A", "in": {"before": "30 days"}},
        ]
    },
    {"all": [{"event": "A", "times": 0}, {"event": "B", "times": 0}]},
    {
        "not": {
            "any": [{"event": "A", "times": {"at_least": 2}}, {"event": "A", "last": "x", "is": 5}]
        }
    },
    {"object": "car", "times": {"at_most": 1}},
    {"object": "car", "where": {"property": "x", "is_not": 5}, "times": {"is": 1}},
]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_both_agree_at_the_edges(seed: int) -> None:
    world = World(100 + seed, size=90)
    connection = world.connect(KEPT)
    for document in EDGES:
        for kept in (None, KEPT):
            sql = members_sql(document, now=make.NOW, zone=world.zone, kept=kept)
            by_sql = sorted(row[0] for row in connection.execute(sql).fetchall())
            assert by_sql == chosen(world, document), (document, sql)


def chosen(world: World, document: Any) -> list[int]:
    """Return the customers that the Python executor chooses, in order."""
    decide = compile_condition(document, now=make.NOW, zone=world.zone)
    return [customer for customer, one in world.in_force.items() if decide(one)]


def narrowed(world: World, connection: Any, document: Any) -> str:
    """Return the smallest part of a condition on which the executors differ."""
    for part in [*parts_of(document), document]:
        for kept in (None, (), KEPT):
            sql = members_sql(part, now=make.NOW, zone=world.zone, kept=kept)
            by_sql = {row[0] for row in connection.execute(sql).fetchall()}
            by_python = set(chosen(world, part))
            if by_sql != by_python:
                only_sql, only_python = by_sql - by_python, by_python - by_sql
                return f"{part}: only SQL {only_sql}, only Python {only_python}\n{sql}"
    return f"{document}: only as a whole"


def parts_of(document: Any) -> Iterator[Any]:
    """Yield the conditions inside one, the innermost first."""
    for word in ("all", "any"):
        for part in document.get(word, ()):
            yield from parts_of(part)
            yield part
    if "not" in document:
        yield from parts_of(document["not"])
        yield document["not"]


@pytest.mark.parametrize("seed", range(300))
def test_documents_are_written_as_they_are_read(seed: int) -> None:
    form = read_condition(make.condition(Random(seed)))
    document = document_of(form)
    assert read_condition(document) == form
    assert document_of(read_condition(document)) == document
