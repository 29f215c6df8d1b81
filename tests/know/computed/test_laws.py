"""Whatever happens, in whatever order: the traits are what the log says, computed plainly from all of it."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from keskio.events import api as events
from keskio.kernel.clock import VirtualClock, now_micros, set_clock
from keskio.know.computed import folding
from keskio.know.computed.actions import add_definition, recompute
from keskio.know.computed.following import ComputedFollower
from keskio.know.computed.models import Definition
from keskio.know.computed.recipes import COMPUTES, COUNT
from keskio.know.models import Customer
from tests.know.computed.people import DAY, follow, happen, merge, people, separate, traits

WINDOWS = {"": None, "_7d": 7 * DAY}

values = st.one_of(
    st.integers(-3, 3),
    st.floats(-1e6, 1e6, allow_nan=False),
    st.sampled_from(["a", "b", "", True, None, [1], 0.1, 1e16, 12.0]),
)
steps = st.one_of(
    st.tuples(st.just("event"), st.integers(0, 3), values, st.integers(-10 * 24, 48)),
    st.tuples(st.just("event"), st.integers(0, 3), values, st.sampled_from([0, -1])),
    st.tuples(st.just("later"), st.integers(1, 9 * 24 * 60)),
    st.tuples(st.just("turn"), st.integers(1, 3)),
    st.tuples(st.just("merge"), st.integers(0, 3), st.integers(0, 3)),
    st.tuples(st.just("separate"), st.integers(0, 3)),
    st.tuples(st.just("anew"), st.integers(0, 2)),
)


def definitions() -> list[dict[str, Any]]:
    """One definition for each way to compute, over all time and in a window."""
    found = []
    for compute in COMPUTES:
        for suffix, window in WINDOWS.items():
            document: dict[str, Any] = {
                "key": f"{compute}{suffix}",
                "title": compute,
                "of": {"event": "E", "where": {"not": {"property": "v", "is": 2}}},
                "compute": compute,
            }
            if compute != COUNT:
                document["property"] = "v"
            if window:
                document["in"] = {"last": "7 days"}
            found.append(document)
    return found


def plainly(told: list[tuple[int, int, Any]], compute: str) -> Any:
    """Compute a trait of (at, place, value) the slow and obvious way."""
    counted = sorted((row for row in told if row[2] != 2), key=lambda row: row[:2])
    if compute == "count":
        return len(counted) or None
    if compute in {"sum", "average", "min", "max"}:
        return _of_numbers([row[2] for row in counted], compute)
    if compute == "next_expected":
        return _next_day(counted)
    texts = [json.dumps(_whole(row[2])) for row in counted if isinstance(row[2], str | int | float)]
    if not texts:
        return None
    counts = Counter(texts)
    found: Any = {
        "first": texts[0],
        "last": texts[-1],
        "most_frequent": next(t for t in reversed(texts) if counts[t] == max(counts.values())),
        "distinct_list": list(dict.fromkeys(texts)),
    }[compute]
    return [json.loads(text) for text in found] if isinstance(found, list) else json.loads(found)


def _of_numbers(told: list[Any], compute: str) -> Any:
    numbers = [n for n in told if isinstance(n, int | float) and not isinstance(n, bool)]
    if not numbers:
        return None
    total = sum(map(Fraction, numbers), Fraction(0))
    return {
        "sum": float(total),
        "average": float(total) / len(numbers),
        "min": min(numbers),
        "max": max(numbers),
    }[compute]


def _next_day(counted: list[tuple[int, int, Any]]) -> str | None:
    last_of_day = {
        datetime.fromtimestamp(at / 1e6, ZoneInfo("Europe/Helsinki")).date(): value
        for at, _place, value in counted
    }
    days = sorted(last_of_day)[-13:]
    lengths: list[float] = [(later - earlier).days for earlier, later in pairwise(days)]
    package = last_of_day[days[-1]] if days else None
    if isinstance(package, int | float) and not isinstance(package, bool) and 0 < package <= 3660:
        lengths.append(package)
    return str(days[-1] + timedelta(days=round(median(lengths)))) if lengths else None


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def expected(customers: list[int], keys: set[str]) -> list[dict[str, Any]]:
    """Return every customer's traits called `keys`, recomputed from the whole log."""
    now_is = {c.pk: c.merged_into_id or c.pk for c in Customer.objects.all()}
    told: dict[int, list[tuple[int, int, Any]]] = {customer: [] for customer in now_is}
    for event in events.events_after(0, 100_000):
        if event.name == "E":
            value = json.loads(event.body)["properties"]["v"]
            told[now_is[event.record]].append((event.at, event.id, value))
    found = []
    for customer in customers:
        own = told[customer]
        recent = [row for row in own if now_micros() - 7 * DAY < row[0] <= now_micros()]
        traits_of = {
            f"{compute}{suffix}": plainly(recent if window else own, compute)
            for compute in COMPUTES
            for suffix, window in WINDOWS.items()
        }
        found.append(
            {n: value for n, value in traits_of.items() if value is not None and n in keys}
        )
    return found


def play(chosen: list[dict[str, Any]], script: list[Any], clock: VirtualClock) -> None:
    """Do what the script says, and see that the traits are what the log says."""
    customers = people(4)
    for document in chosen:
        add_definition(document)
    follower = ComputedFollower()
    for word, *more in script:
        if word == "event":
            who, value, hours = more
            record = customers[who]
            customer = Customer.objects.get(pk=record).merged_into_id or record
            happen(customer, "E", at=now_micros() + hours * DAY // 24, record=record, v=value)
        elif word == "later":
            clock.advance(timedelta(minutes=more[0]))
        elif word == "turn":
            for _ in range(more[0]):
                follower.turn(now_micros())
        elif word == "anew":
            recompute(Definition.objects.order_by("pk").values_list("pk", flat=True)[more[0]])
        else:
            _merge_or_separate(word, [customers[n] for n in more])
    follow()

    in_force = [c for c in customers if Customer.objects.get(pk=c).merged_into_id is None]
    assert traits(*in_force) == expected(in_force, {document["key"] for document in chosen})


def _merge_or_separate(word: str, whom: list[int]) -> None:
    rows = [Customer.objects.get(pk=number) for number in whom]
    if word == "separate" and rows[0].merged_into_id:
        separate(rows[0].pk, rows[0].merged_into_id)
    elif word == "merge":
        gone, into = ((row.merged_into_id or row.pk) for row in rows)
        if gone != into:
            merge(gone, into)


three = st.lists(
    st.sampled_from(definitions()), min_size=3, max_size=3, unique_by=lambda found: found["key"]
)
scripts = st.lists(steps, min_size=5, max_size=25)


def check(chosen: list[dict[str, Any]], script: list[Any]) -> None:
    clock = VirtualClock(datetime(2026, 3, 2, 7, 0, tzinfo=UTC))
    before = set_clock(clock)
    try:
        play(chosen, script, clock)
    finally:
        set_clock(before)


class Laws(TestCase):
    """Events late and early and at equal times, clocks that jump, merges and their undoing, building anew."""

    @settings(max_examples=20)
    @given(three, scripts)
    def test_traits_are_what_the_log_says(self, chosen: Any, script: list[Any]) -> None:
        check(chosen, script)

    @pytest.mark.nightly
    @settings(max_examples=400)
    @given(three, scripts)
    def test_traits_are_what_the_log_says_at_length(self, chosen: Any, script: list[Any]) -> None:
        check(chosen, script)


numbers = st.lists(st.floats(-1e15, 1e15, allow_nan=False), min_size=1, max_size=30)


@given(numbers, st.randoms(use_true_random=False), st.integers(0, 30))
def test_sums_do_not_depend_on_order_or_on_how_they_are_spread(
    figures: list[float], dice: Any, cut: int
) -> None:
    shuffled = list(figures)
    dice.shuffle(shuffled)
    spread: list[folding.State] = [{}, {}]
    for place, figure in enumerate(shuffled):
        folding.add("sum", spread[place < cut], place, place, figure)

    joined = folding.value_of("sum", folding.join("sum", spread))

    assert joined == float(sum(map(Fraction, figures), Fraction(0)))


def test_distinct_list_keeps_the_earliest_hundred() -> None:
    state: folding.State = {}
    for place in range(150):
        folding.add("distinct_list", state, -place, place, place)

    assert folding.value_of("distinct_list", state) == list(range(149, 49, -1))


@pytest.mark.parametrize("compute", COMPUTES)
def test_nothing_has_no_value(compute: str) -> None:
    assert folding.value_of(compute, folding.join(compute, [{}, {}])) is None
