"""Moments over month ends, working days and both changes of the clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keskio.engine import times
from keskio.engine.times import HOUR, MINUTE, Calendar, Span
from tests.engine.making import HELSINKI, at

EPIPHANY = Calendar(holidays=frozenset({date(2026, 1, 6).toordinal()}))
INSTANTS = st.integers(at("2000-01-01T00:00"), at("2060-01-01T00:00"))
ZONES = st.sampled_from(
    [HELSINKI, "UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"]
)


def utc(text: str) -> int:
    return at(text, "UTC")


def test_module_examples_hold() -> None:
    import doctest

    assert doctest.testmod(times).failed == 0


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("90 minutes", Span(micros=90 * MINUTE)),
        ("1 second", Span(micros=1_000_000)),
        ("2 days", Span(days=2)),
        ("2 weeks", Span(days=14)),
        ("10 months", Span(months=10)),
        ("1 year", Span(months=12)),
        ("1 year 2 months, 3 weeks and 4 hours", Span(4 * HOUR, 21, 14)),
        ("0 days", Span()),
    ],
)
def test_spans_are_read(text: str, span: Span) -> None:
    assert times.parse_span(text) == span
    assert span.is_zero == (text == "0 days")


@pytest.mark.parametrize("text", ["", "soon", "2", "days", "2 fortnights", "-1 day", "1.5 days"])
def test_what_is_no_span_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a length of time such as"):
        times.parse_span(text)


@pytest.mark.parametrize(
    ("start", "span", "end"),
    [
        ("2026-01-31T09:00", Span(months=1), "2026-02-28T09:00"),
        ("2028-01-31T09:00", Span(months=1), "2028-02-29T09:00"),
        ("2028-02-29T09:00", Span(months=12), "2029-02-28T09:00"),
        ("2025-12-31T09:00", Span(months=2), "2026-02-28T09:00"),
        ("2026-11-30T09:00", Span(months=82), "2033-09-30T09:00"),
        # Nine by the customer's clock, on either side of a change.
        ("2026-03-28T09:00", Span(days=1), "2026-03-29T09:00"),
        ("2026-10-24T09:00", Span(days=1), "2026-10-25T09:00"),
        # 03.30 does not exist on the 29th: it is 04.30. It comes twice on 25 October: the first.
        ("2026-03-28T03:30", Span(days=1), "2026-03-29T04:30"),
        ("2026-10-24T03:30", Span(days=1), "2026-10-25T03:30"),
        # Hours are physical: 24 of them over the changes land elsewhere on the clock.
        ("2026-03-28T09:00", Span(micros=24 * HOUR), "2026-03-29T10:00"),
        ("2026-10-24T09:00", Span(micros=24 * HOUR), "2026-10-25T08:00"),
        # Calendar first, hours after.
        ("2026-03-28T02:00", Span(micros=2 * HOUR, days=1), "2026-03-29T05:00"),
    ],
)
def test_spans_are_added_by_the_customers_clock(start: str, span: Span, end: str) -> None:
    assert times.add(at(start), span, HELSINKI) == at(end)


def test_the_second_of_two_equal_clock_times_moves_on_as_the_first() -> None:
    second = utc("2026-10-25T01:30")  # 03.30 in Helsinki for the second time
    assert times.to_local(second, HELSINKI).fold == 1
    assert times.add(second, Span(days=1), HELSINKI) == at("2026-10-26T03:30")


def test_a_skipped_time_counts_from_the_change_and_a_double_time_is_its_first() -> None:
    assert times.at_clock(date(2026, 3, 29), 3 * 60 + 30, HELSINKI) == utc("2026-03-29T01:30")
    assert times.at_clock(date(2026, 10, 25), 3 * 60 + 30, HELSINKI) == utc("2026-10-25T00:30")


@pytest.mark.parametrize(
    ("now", "clock", "weekday", "then"),
    [
        ("2026-03-02T09:00", "09:00", None, "2026-03-02T09:00"),  # not before, so at once
        ("2026-03-02T09:01", "09:00", None, "2026-03-03T09:00"),
        ("2026-03-02T08:00", "09:00", 0, "2026-03-02T09:00"),
        ("2026-03-02T10:00", "09:00", 0, "2026-03-09T09:00"),
        ("2026-03-02T10:00", "09:00", 6, "2026-03-08T09:00"),
        ("2026-03-28T22:00", "03:30", None, "2026-03-29T04:30"),
        ("2026-12-31T23:00", "08:00", None, "2027-01-01T08:00"),
    ],
)
def test_next_clock_is_the_first_not_before(
    now: str, clock: str, weekday: int | None, then: str
) -> None:
    minute = times.parse_clock(clock)
    assert times.next_clock(at(now), minute, HELSINKI, weekday=weekday) == at(then)


@pytest.mark.parametrize(
    ("now", "count", "then"),
    [
        ("2026-03-02T09:00", 1, "2026-03-03T16:00"),  # Monday → Tuesday
        ("2026-03-06T09:00", 1, "2026-03-09T16:00"),  # Friday → Monday
        ("2026-03-07T23:59", 1, "2026-03-09T16:00"),  # Saturday → Monday
        ("2026-03-06T09:00", 3, "2026-03-11T16:00"),
        ("2026-01-05T09:00", 1, "2026-01-07T16:00"),  # over Epiphany
        ("2026-03-27T09:00", 1, "2026-03-30T16:00"),  # over the change of the clocks
        ("2026-03-02T09:00", 0, "2026-03-02T16:00"),
    ],
)
def test_working_days_skip_weekends_and_holidays(now: str, count: int, then: str) -> None:
    assert times.working_day_after(at(now), count, 16 * 60, HELSINKI, EPIPHANY) == at(then)


def test_a_calendar_knows_its_own_weekend() -> None:
    friday, sunday = date(2026, 3, 6), date(2026, 3, 8)
    gulf = Calendar(weekend=(4, 5))
    assert [gulf.is_working(friday), gulf.is_working(sunday)] == [False, True]


def test_the_end_of_a_day_is_the_next_midnight_there() -> None:
    assert times.end_of(date(2012, 9, 29), HELSINKI) == at("2012-09-30T00:00")
    assert times.end_of(date(2026, 3, 29), HELSINKI) - at("2026-03-29T00:00") == 23 * HOUR
    assert times.end_of(date(2026, 10, 25), HELSINKI) - at("2026-10-25T00:00") == 25 * HOUR
    assert times.end_of(date(2012, 12, 31), HELSINKI) == at("2013-01-01T00:00")


@pytest.mark.parametrize(("text", "minute"), [("09:30", 570), ("9.30", 570), (" 0:00 ", 0)])
def test_clocks_are_read(text: str, minute: int) -> None:
    assert times.parse_clock(text) == minute


@pytest.mark.parametrize("text", ["24:00", "9:60", "nine", "", "930", "9:3"])
def test_what_is_no_clock_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a time of day such as"):
        times.parse_clock(text)


@pytest.mark.parametrize(
    ("value", "instant"),
    [
        ("2012-09-29", at("2012-09-30T00:00")),
        (date(2012, 9, 29), at("2012-09-30T00:00")),
        ("2012-09-29T18:00", at("2012-09-29T18:00")),
        ("2012-09-29T18:00+00:00", utc("2012-09-29T18:00")),
        ("2012-09-29T18:00Z", utc("2012-09-29T18:00")),
        (datetime.fromisoformat("2012-09-29T18:00"), at("2012-09-29T18:00")),
        (datetime(2012, 9, 29, 18, tzinfo=UTC), utc("2012-09-29T18:00")),
        (1_000_000, 1_000_000),
    ],
)
def test_moments_are_read(value: object, instant: int) -> None:
    assert times.parse_moment(value, HELSINKI) == instant


@pytest.mark.parametrize("value", ["soon", "2012-13-01", None, True, 1.5, [], "9999-12-31"])
def test_what_is_no_moment_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="is not a date or a time such as"):
        times.parse_moment(value, HELSINKI)


@given(INSTANTS, ZONES)
def test_local_and_back_is_the_same_instant(instant: int, zone: str) -> None:
    assert times.to_instant(times.to_local(instant, zone)) == instant


@given(INSTANTS, ZONES, st.integers(0, 1439))
def test_next_clock_is_within_a_day_and_shows_that_time(
    instant: int, zone: str, minute: int
) -> None:
    found = times.next_clock(instant, minute, zone)
    local = times.to_local(found, zone)
    assert instant <= found <= instant + 50 * HOUR  # a zone may skip a whole day
    shown = local.hour * 60 + local.minute
    assert shown == minute or times.to_local(found - HOUR, zone).utcoffset() != local.utcoffset()


@given(INSTANTS, ZONES, st.integers(0, 400), st.integers(0, 30))
def test_a_calendar_span_never_goes_back(instant: int, zone: str, days: int, months: int) -> None:
    assert times.add(instant, Span(0, days, months), zone) >= instant - HOUR
