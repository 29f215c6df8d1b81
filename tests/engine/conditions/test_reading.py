"""What cannot be read is told: what, where, and how to mend it, all of it in one go."""

from __future__ import annotations

from typing import Any

import pytest

from keskio.engine.conditions import (
    OF_CUSTOMERS,
    Unreadable,
    document_of,
    is_incremental,
    needs_of,
    problems_of,
    read_condition,
)
from keskio.engine.times import DAY


@pytest.mark.parametrize(
    ("document", "place", "code", "near"),
    [
        ({"trate": "town", "is": 1}, "", "unknown_beginning", "'trait'"),
        ({"trait": "town", "isnot": 1}, "", "one_operator", "'is_not'"),
        ({"trait": "town", "at_leest": 1}, "", "one_operator", "'at_least'"),
        ({"trait": "", "is": 1}, "trait", "not_a_name", ""),
        ({"trait": "x", "is": None}, "is", "no_null", ""),
        ({"trait": "x", "in": 5}, "in", "bad_value", ""),
        ({"trait": "x", "is": [1]}, "is", "bad_value", ""),
        ({"trait": "x", "exists": "yes"}, "exists", "bad_value", ""),
        ({"trait": "x", "begins_with": 5}, "begins_with", "bad_value", ""),
        ({"trait": "x", "at_least": True}, "at_least", "bad_value", ""),
        ({"trait": "x", "is": float("nan")}, "is", "bad_value", ""),
        ({"trait": "x", "is": 10**400}, "is", "bad_value", ""),
        ({"trait": "x", "date": {"last": "a while"}}, "date.last", "not_a_length", ""),
        ({"trait": "x", "date": {"last": "101 years"}}, "date.last", "not_a_length", ""),
        ({"trait": "x", "date": {"previous": "1 day"}}, "date", "not_a_window", ""),
        ({"trait": "x", "date": {"this": "weak"}}, "date.this", "unknown_word", "'week'"),
        ({"trait": "x", "date": {"from": "2026-02-30"}}, "date.from", "not_a_date", ""),
        (
            {"trait": "x", "date": {"from": "2026-02-02", "to": "2026-02-01"}},
            "date",
            "backwards",
            "",
        ),
        ({"trait": "x", "anniversary": {"from": 3, "to": 1}}, "anniversary", "backwards", ""),
        ({"consent": "marketing"}, "", "missing", ""),
        ({"consent": "marketing", "chanel": "sms"}, "", "unknown_word", "'channel'"),
        ({"consent": "m", "channel": "sms", "is": "givn"}, "is", "unknown_word", "'given'"),
        ({"stage": "m"}, "", "missing", ""),
        ({"stage": "m", "in": []}, "in", "bad_value", ""),
        ({"segment": "vip", "for_at_least": "1 d"}, "for_at_least", "not_a_length", ""),
        ({"event": "A", "tims": {"is": 1}}, "", "unknown_word", "'times'"),
        ({"event": "A", "times": {"atleast": 1}}, "times", "one_operator", "'at_least'"),
        ({"event": "A", "times": {"is": -1}}, "times.is", "bad_value", ""),
        ({"event": "A", "in": {"next": "1 day"}}, "in", "events_are_past", ""),
        ({"event": "A", "sum": "x", "is": "5"}, "is", "bad_value", ""),
        ({"event": "A", "sum": "x"}, "", "one_operator", ""),
        ({"event": "A", "then": {"event": "B"}}, "", "missing", ""),
        ({"event": "A", "then": {"event": "B"}, "within": "1 month"}, "within", "no_months", ""),
        ({"event": "A", "where": {"trait": "x", "is": 1}}, "where", "not_here", ""),
        ({"object": "car", "date": {"in": {"last": "1 day"}}}, "date.field", "not_a_name", ""),
        ({"all": [{"trait": "x", "is": 1}], "not": {}}, "", "stands_alone", ""),
        ({"not": {"any": [{"segment": 5}]}}, "not.any[0].segment", "not_a_name", ""),
    ],
)
def test_a_problem_is_told_with_its_place(
    document: dict[str, Any], place: str, code: str, near: str
) -> None:
    (problem,) = problems_of(document)
    assert (problem.place, problem.code, problem.values.get("near", "")) == (place, code, near)
    for language in ("fi", "en"):
        assert problem.told(language).startswith(place)
        assert near in problem.sentence(language)


def test_all_problems_are_found_in_one_go() -> None:
    document = {
        "all": [
            {"trait": "x"},
            {"any": [{"segment": "ok"}, {"evnt": "A"}]},
            {"event": "A", "in": 5},
        ]
    }
    with pytest.raises(Unreadable) as caught:
        read_condition(document)
    assert [p.place for p in caught.value.problems] == ["all[0]", "all[1].any[1]", "all[2].in"]


def test_what_is_of_a_dialogue_cannot_be_asked_of_all_customers() -> None:
    (problem,) = problems_of({"variable": "x", "is": 1}, words=OF_CUSTOMERS)
    assert problem.code == "not_here"


def test_nobody_is_drowned_by_depth() -> None:
    document: dict[str, Any] = {"segment": "x"}
    for _ in range(3000):
        document = {"not": document}
    assert [problem.code for problem in problems_of(document)] == ["too_deep"]


@pytest.mark.parametrize(
    ("document", "canonical"),
    [
        ({"event": "A", "times": 2}, {"event": "A", "times": {"is": 2}}),
        ({"event": "A", "times": {"at_least": 1}}, {"event": "A"}),
        (
            {"consent": "m", "channel": "sms", "is": "given"},
            {"consent": "m", "channel": "sms"},
        ),
        (
            {"event": "A", "in": {"last": "3 hours, 1 day and 1 hour"}},
            {"event": "A", "in": {"last": "1 day 4 hours"}},
        ),
        ({"trait": "x", "date": {"last": "7 day"}}, {"trait": "x", "date": {"last": "7 days"}}),
        ({"stage": "m", "in": ["a", "a"]}, {"stage": "m", "in": ["a"]}),
    ],
)
def test_what_is_meant_alike_is_written_alike(
    document: dict[str, Any], canonical: dict[str, Any]
) -> None:
    assert document_of(read_condition(document)) == canonical


@pytest.mark.parametrize(
    ("document", "reach"),
    [
        ({"event": "A"}, {"A": None}),
        ({"event": "A", "in": {"last": "2 days"}}, {"A": 3 * DAY}),
        ({"event": "A", "in": {"before": "2 days"}}, {"A": None}),
        ({"event": "A", "last": {"last": "2 days"}}, {"A": 3 * DAY}),
        ({"event": "A", "first": {"last": "2 days"}}, {"A": None}),
        (
            {
                "any": [
                    {"event": "A", "in": {"last": "2 days"}},
                    {"event": "A", "in": {"last": "4 days"}},
                ]
            },
            {"A": 5 * DAY},
        ),
        ({"event": "A", "then": {"event": "B"}, "within": "1 day"}, {"A": None, "B": None}),
    ],
)
def test_no_more_of_the_past_is_needed_than_a_window_sees(
    document: dict[str, Any], reach: dict[str, int | None]
) -> None:
    assert needs_of(document).events == reach


def test_needs_say_what_wakes_a_condition() -> None:
    needs = needs_of(
        {
            "all": [
                {"consent": "marketing", "channel": "sms"},
                {"segment": "vip", "for_at_least": "2 days"},
                {"stage": "ladder", "is": "new"},
                {"object": "car"},
            ]
        }
    )
    assert needs.consents == {"marketing/sms"}
    assert needs.segments == {"vip"}
    assert needs.stages == {"ladder"}
    assert needs.objects == {"car"}
    assert (needs.clock, needs.own, needs.looks_further) == (True, False, True)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"segment": "x"}, True),
        ({"event": "A", "where": {"property": "x", "is": 1}}, True),
        ({"any": [{"segment": "x"}, {"property": "x", "is": 1}]}, False),
    ],
)
def test_what_is_asked_of_customers_follows_them(document: dict[str, Any], expected: bool) -> None:
    assert is_incremental(document) is expected
