"""Working hours: golden cases, nights on which the clocks change, and laws."""

from __future__ import annotations

import doctest
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keskio.engine import working
from keskio.engine.times import HOUR, MINUTE
from keskio.engine.working import (
    ALWAYS,
    Hours,
    add_working,
    is_working,
    read_hours,
    working_between,
)

ZONE = "Europe/Helsinki"
OFFICE = read_hours([[["09:00", "17:00"]]] * 5 + [[], []], ZONE)
LUNCH = read_hours([[["08:00", "12:00"], ["13:30", "18:00"]]] * 5 + [[], []], ZONE)
NIGHT = read_hours([[["22:00", "06:00"]]] * 7, ZONE)
ROUND = read_hours([[["00:00", "24:00"]]] * 7, ZONE)


def at(text: str, zone: str = ZONE) -> int:
    local = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))
    return int(local.astimezone(UTC).timestamp()) * 1_000_000


def said(instant: int) -> str:
    local = datetime.fromtimestamp(instant / 1_000_000, ZoneInfo(ZONE))
    return local.strftime("%Y-%m-%dT%H:%M")


def test_module_examples_hold() -> None:
    assert doctest.testmod(working).failed == 0


# 2 March 2026 is a Monday.
@pytest.mark.parametrize(
    ("hours", "start", "span", "expected"),
    [
        (OFFICE, "2026-03-06T16:30", 1 * HOUR, "2026-03-09T09:30"),
        (OFFICE, "2026-03-04T10:00", 2 * HOUR, "2026-03-04T12:00"),
        (OFFICE, "2026-03-04T07:00", 2 * HOUR, "2026-03-04T11:00"),
        (LUNCH, "2026-03-04T12:15", 1 * HOUR, "2026-03-04T14:30"),
        (OFFICE, "2026-03-02T09:00", 16 * HOUR, "2026-03-03T17:00"),
        (OFFICE, "2026-03-07T12:00", 1, "2026-03-09T09:00"),
        (LUNCH, "2026-03-04T11:30", 1 * HOUR, "2026-03-04T14:00"),
        (OFFICE, "2026-03-07T12:00", 0, "2026-03-07T12:00"),
    ],
)
def test_golden_cases(hours: Hours, start: str, span: int, expected: str) -> None:
    assert said(add_working(at(start), span, hours)) == expected
    assert working_between(at(start), add_working(at(start), span, hours), hours) == span


def test_holidays_are_passed_over() -> None:
    # Easter 2026: Good Friday is 3 April, Easter Monday 6 April.
    easter = frozenset(date(2026, 4, day).toordinal() for day in (3, 6))
    hours = Hours(OFFICE.weekly, ZONE, easter)
    assert said(add_working(at("2026-04-02T16:00"), 2 * HOUR, hours)) == "2026-04-07T10:00"
    assert working_between(at("2026-04-02T00:00"), at("2026-04-08T00:00"), hours) == 16 * HOUR


def test_what_began_before_a_holiday_goes_on_to_its_end() -> None:
    hours = Hours(NIGHT.weekly, ZONE, frozenset([date(2026, 12, 25).toordinal()]))
    assert working_between(at("2026-12-24T12:00"), at("2026-12-26T12:00"), hours) == 8 * HOUR
    assert is_working(at("2026-12-25T05:00"), hours)
    assert not is_working(at("2026-12-25T23:00"), hours)


@pytest.mark.parametrize(
    ("day", "worked"), [("2026-03-28", 7), ("2026-10-24", 9), ("2026-05-05", 8)]
)
def test_a_night_shift_is_as_long_as_the_night(day: str, worked: int) -> None:
    evening = at(f"{day}T21:00")
    assert working_between(evening, evening + 12 * HOUR, NIGHT) == worked * HOUR
    assert (
        add_working(evening, worked * HOUR, NIGHT)
        == add_working(evening, worked * HOUR - 1, NIGHT) + 1
    )


def test_office_hours_after_the_change_are_by_the_new_clock() -> None:
    assert said(add_working(at("2026-03-27T16:00"), 2 * HOUR, OFFICE)) == "2026-03-30T10:00"
    assert said(add_working(at("2026-10-23T16:00"), 2 * HOUR, OFFICE)) == "2026-10-26T10:00"


def test_a_boundary_that_is_skipped_is_the_moment_of_the_change() -> None:
    shift = read_hours([[["01:00", "03:30"]]] * 7, ZONE)
    midnight = at("2026-03-29T00:00")
    assert working_between(midnight, midnight + 12 * HOUR, shift) == 2 * HOUR
    skipped = read_hours([[["03:10", "03:50"]]] * 7, ZONE)
    assert working_between(midnight, midnight + 12 * HOUR, skipped) == 0


def test_a_boundary_that_comes_twice_is_the_first_of_the_two() -> None:
    shift = read_hours([[["01:00", "03:30"]]] * 7, ZONE)
    midnight = at("2026-10-25T00:00")
    assert working_between(midnight, midnight + 12 * HOUR, shift) == 150 * MINUTE


def test_days_have_23_and_25_hours() -> None:
    for day, hours in (("2026-03-29", 23), ("2026-10-25", 25), ("2026-07-01", 24)):
        start = at(f"{day}T00:00")
        assert said(add_working(start, hours * HOUR, ROUND))[11:] == "00:00"
        assert working_between(start, start + hours * HOUR, ROUND) == hours * HOUR


def test_overlapping_periods_count_once() -> None:
    hours = read_hours([[["09:00", "13:00"], ["11:00", "17:00"]]] * 7, ZONE)
    assert working_between(at("2026-03-02T00:00"), at("2026-03-03T00:00"), hours) == 8 * HOUR
    long = read_hours([[["20:00", "04:00"], ["02:00", "05:00"]]] * 7, ZONE)
    assert working_between(at("2026-03-03T01:00"), at("2026-03-03T06:00"), long) == 4 * HOUR


def test_periods_are_read_or_refused() -> None:
    assert read_hours({"monday": [["9.00", "24:00"]]}, ZONE).weekly[0] == ((540, 1440),)
    for wrong in ([], [[["9", "10"]]] * 7, [[["09:00"]]] * 7, {"maanantai": []}):
        with pytest.raises(ValueError, match=r"not|seven"):
            read_hours(wrong, ZONE)


def test_hours_without_working_time_say_so() -> None:
    empty = Hours(((),) * 7)
    assert working_between(0, 10 * HOUR, empty) == 0
    with pytest.raises(ValueError, match="too little"):
        add_working(0, 1, empty)
    with pytest.raises(ValueError, match="taken back"):
        add_working(0, -1, OFFICE)


SECOND = 1_000_000
periods = st.lists(
    st.tuples(st.integers(0, 1439), st.integers(1, 1440)).map(lambda p: (p[0], p[0] + p[1])),
    max_size=3,
).map(tuple)
hours_of_all_kinds = st.builds(
    Hours,
    st.lists(periods, min_size=7, max_size=7).map(tuple).filter(any),
    st.sampled_from([ZONE, "UTC", "America/New_York", "Australia/Lord_Howe"]),
    st.frozensets(st.integers(739_600, 739_800), max_size=5),
)
# Around the changes of 2026 (ordinals 739,600-739,900), to the second.
moments = st.integers(at("2026-01-01T00:00") // SECOND, at("2026-11-30T00:00") // SECOND).map(
    lambda second: second * SECOND
)
spans = st.integers(0, 200 * 3600).map(lambda second: second * SECOND)


@given(hours_of_all_kinds, moments, spans)
def test_what_is_added_lies_between(hours: Hours, start: int, span: int) -> None:
    end = add_working(start, span, hours)
    assert end >= start
    assert working_between(start, end, hours) == span


@given(hours_of_all_kinds, moments, spans, spans)
def test_adding_is_monotone_and_additive(hours: Hours, start: int, one: int, two: int) -> None:
    once = add_working(start, one + two, hours)
    assert once == add_working(add_working(start, one, hours), two, hours)
    assert add_working(start, min(one, two), hours) <= add_working(start, max(one, two), hours)


@given(hours_of_all_kinds, moments, moments, moments)
def test_between_is_additive_and_within_the_calendar(hours: Hours, a: int, b: int, c: int) -> None:
    one, two, three = sorted((a, b, c))
    whole = working_between(one, three, hours)
    assert whole == working_between(one, two, hours) + working_between(two, three, hours)
    assert 0 <= whole <= three - one
    assert working_between(three, one, hours) == -whole


@given(moments, spans)
def test_always_is_the_calendar(start: int, span: int) -> None:
    assert add_working(start, span, ALWAYS) == start + span
