"""The rule language: what matches, what never does, what cannot be read."""

from __future__ import annotations

import doctest
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keskio.engine import conditions
from keskio.engine.conditions import (
    OPERATORS,
    Subject,
    Unreadable,
    compile_condition,
    needs_of,
)

KNOWN = Subject(
    traits={"town": "Oulu", "age": 41, "tags": ["vip"], "empty": None},
    consents={"marketing/sms": "given", "research/sms": "withdrawn"},
    variables={"coupon": "X1"},
    properties={"model": "307", "price": 9.5},
)


def test_module_examples_hold() -> None:
    assert doctest.testmod(conditions).failed == 0


@pytest.mark.parametrize(
    ("document", "holds"),
    [
        (None, True),
        ({"trait": "town", "is": "Oulu"}, True),
        ({"trait": "town", "is": "oulu"}, False),
        ({"trait": "town", "is_not": "Turku"}, True),
        ({"trait": "town", "is_not": "Oulu"}, False),
        ({"trait": "town", "in": ["Oulu", "Turku"]}, True),
        ({"trait": "town", "in": []}, False),
        ({"trait": "age", "at_least": 41}, True),
        ({"trait": "age", "more_than": 41}, False),
        ({"trait": "age", "at_most": 41}, True),
        ({"trait": "age", "less_than": 41}, False),
        ({"trait": "tags", "contains": "vip"}, True),
        ({"trait": "town", "contains": "ul"}, True),
        ({"trait": "town", "exists": True}, True),
        ({"trait": "town", "exists": False}, False),
        ({"trait": "empty", "exists": True}, False),
        ({"variable": "coupon", "is": "X1"}, True),
        ({"property": "model", "is": "307"}, True),
        ({"property": "price", "less_than": 10}, True),
        ({"consent": "marketing", "channel": "sms"}, True),
        ({"consent": "research", "channel": "sms"}, False),
        ({"consent": "marketing", "channel": "email"}, False),
        ({"not": {"trait": "town", "is": "Oulu"}}, False),
        ({"all": [{"trait": "age", "at_least": 18}, {"trait": "town", "is": "Oulu"}]}, True),
        ({"all": [{"trait": "age", "at_least": 18}, {"trait": "town", "is": "Turku"}]}, False),
        ({"any": [{"trait": "age", "less_than": 18}, {"trait": "town", "is": "Oulu"}]}, True),
        (
            {"any": [{"trait": "age", "less_than": 18}, {"not": {"trait": "x", "exists": False}}]},
            False,
        ),
    ],
)
def test_conditions_decide(document: dict[str, Any] | None, holds: bool) -> None:
    assert compile_condition(document)(KNOWN) is holds


@pytest.mark.parametrize("operator", sorted(set(OPERATORS) - {"is_not", "exists"}))
def test_what_is_not_known_meets_no_comparison(operator: str) -> None:
    wanted: object = {"in": [1], "begins_with": "x"}.get(operator, 1)
    assert compile_condition({"trait": "unknown", operator: wanted})(KNOWN) is False


def test_what_is_not_known_is_not_anything_and_does_not_exist() -> None:
    assert compile_condition({"trait": "unknown", "is_not": 1})(KNOWN) is True
    assert compile_condition({"trait": "unknown", "exists": False})(KNOWN) is True


@pytest.mark.parametrize(
    "document",
    [
        {"trait": "town", "at_least": 3},
        {"trait": "age", "less_than": "50"},
        {"trait": "age", "contains": 4},
        {"trait": "town", "at_most": date(2026, 1, 1)},
        {"trait": "empty", "more_than": 0},
    ],
)
def test_different_kinds_never_compare(document: dict[str, Any]) -> None:
    assert compile_condition(document)(KNOWN) is False


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({}, "a condition is an object such as"),
        ("town", "a condition is an object such as"),
        ([], "a condition is an object such as"),
        ({"town": "Oulu"}, "no condition begins with 'town'"),
        ({"trait": "town"}, "trait 'town' needs exactly one of is, is_not"),
        ({"trait": "town", "is": 1, "in": [1]}, "trait 'town' needs exactly one of"),
        ({"trait": "town", "like": "O%"}, "trait 'town' needs exactly one of"),
        ({"all": []}, "'all' and 'any' take a list"),
        ({"any": {"trait": "x", "is": 1}}, "'all' and 'any' take a list"),
        ({"all": [{"trait": "x", "is": 1}], "any": []}, "'all' stands alone"),
        ({"all": [{"trait": "x"}]}, "trait 'x' needs exactly one of"),
    ],
)
def test_what_cannot_be_read_is_told(document: Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        compile_condition(document)


def test_needs_are_the_traits_wherever_they_stand() -> None:
    document = {
        "all": [
            {"trait": "town", "is": "Oulu"},
            {"not": {"trait": "age", "at_least": 1}},
            {"any": [{"trait": "vip", "is": True}, {"trait": "born", "date": {"last": "1 day"}}]},
            {"variable": "coupon", "is": 1},
        ]
    }
    assert needs_of(document).traits == {"town", "age", "vip", "born"}


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.integers())
)


WANTED = st.one_of(
    st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text()
)


@given(st.sampled_from(sorted(set(OPERATORS) - {"exists"})), VALUES, WANTED)
def test_no_value_whatever_makes_a_condition_fail(
    operator: str, value: object, wanted: object
) -> None:
    try:
        decide = compile_condition(
            {"trait": "x", operator: [wanted] if operator == "in" else wanted}
        )
    except Unreadable:
        return
    assert decide(Subject(traits={"x": value})) in (True, False)


@given(VALUES, st.integers() | st.booleans() | st.sampled_from(["", "a", "1"]))
def test_not_is_the_opposite(value: object, wanted: object) -> None:
    document = {"trait": "x", "is": wanted}
    try:
        negation = compile_condition({"not": document})
    except Unreadable:  # a whole number that no double can hold
        return
    subject = Subject(traits={"x": value})
    assert negation(subject) is not compile_condition(document)(subject)
    assert compile_condition({"trait": "x", "is_not": wanted})(subject) is negation(subject)
