"""Clocks of a case: what starts and stops them, and what they come to."""

from __future__ import annotations

import doctest
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keskio.engine import clocks
from keskio.engine.clocks import (
    AGENT_WORKS,
    REQUESTER_WAITS,
    Mark,
    Run,
    Standing,
    Targets,
    Took,
    fold,
    quantile,
    resolutions,
    time_in,
    verdict_of,
)
from keskio.engine.times import HOUR, MINUTE
from keskio.engine.working import read_hours

ZONE = "Europe/Helsinki"
OFFICE = read_hours([[["09:00", "17:00"]]] * 5 + [[], []], ZONE)
TARGETS = Targets(2 * HOUR, 4 * HOUR, 16 * HOUR, OFFICE)


def at(day: int, clock: str) -> int:
    """March 2026; the 2nd is a Monday."""
    hour, minute = map(int, clock.split(":"))
    local = datetime(2026, 3, day, hour, minute, tzinfo=ZoneInfo(ZONE))
    return int(local.astimezone(UTC).timestamp()) * 1_000_000


def opened(day: int, clock: str, targets: Targets = TARGETS) -> list[Mark]:
    when = at(day, clock)
    return [
        Mark(when, "targets", targets=targets),
        Mark(when, "opened"),
        Mark(when, "customer"),
    ]


def state(day: int, clock: str, to: str) -> Mark:
    return Mark(at(day, clock), "state", to)


def answer(day: int, clock: str) -> Mark:
    return Mark(at(day, clock), "answer")


def customer(day: int, clock: str) -> Mark:
    return Mark(at(day, clock), "customer")


def known(value: int | None) -> int:
    assert value is not None
    return value


def runs(standing: Standing, clock: str) -> list[Run]:
    return [run for run in standing.runs if run.clock == clock]


def test_module_examples_hold() -> None:
    assert doctest.testmod(clocks).failed == 0


def test_first_response_runs_in_working_time() -> None:
    # Friday at 16.30 and 2 hours: Monday at 10.30; reminded after an hour and a half.
    standing = fold(opened(6, "16:30"))
    first = standing.running("first")
    assert first is not None
    assert (first.due_at, first.warn_at) == (at(9, "10:30"), at(9, "10:00"))
    assert standing.next_due == first
    done = fold([answer(9, "10:00")], standing)
    (run,) = runs(done, "first")
    assert (run.working, run.calendar) == (90 * MINUTE, 65 * HOUR + 30 * MINUTE)
    assert verdict_of(run, at(31, "12:00")) == "met"
    assert (done.unanswered_since, done.first_answered_at) == (None, at(9, "10:00"))


def test_late_is_missed_at_once_and_stays_missed() -> None:
    standing = fold(opened(2, "09:00"))
    (run,) = runs(standing, "first")
    assert verdict_of(run, at(2, "11:00")) == "open"
    assert verdict_of(run, at(2, "11:01")) == "missed"
    (run,) = runs(fold([answer(2, "11:01")], standing), "first")
    assert verdict_of(run, at(2, "11:01")) == "missed"


def test_next_response_counts_from_the_oldest_unanswered_message() -> None:
    standing = fold(
        [*opened(2, "09:00"), answer(2, "09:30"), customer(2, "10:00"), customer(2, "12:00")]
    )
    (run,) = runs(standing, "next")
    assert (run.started_at, run.due_at) == (at(2, "10:00"), at(2, "14:00"))
    assert standing.unanswered_since == at(2, "10:00")
    standing = fold([answer(2, "13:00"), customer(2, "16:00")], standing)
    assert [run.due_at for run in runs(standing, "next")] == [at(2, "14:00"), at(3, "12:00")]


def test_a_later_target_never_overrules_the_first_response() -> None:
    """Zammad's bug 5177: a second message before any answer must not move the first deadline."""
    quick = Targets(4 * HOUR, 1 * HOUR, None, OFFICE)
    standing = fold([*opened(2, "09:00", quick), customer(2, "09:10")])
    assert runs(standing, "next") == []
    assert standing.next_due == standing.running("first")
    assert standing.next_due.due_at == at(2, "13:00")
    slow = Targets(1 * HOUR, 8 * HOUR, None, OFFICE)
    standing = fold([*opened(2, "09:00", slow), customer(2, "09:59")])
    assert standing.next_due.due_at == at(2, "10:00")


def test_two_targets_on_one_case_give_the_earlier_deadline() -> None:
    standing = fold(opened(2, "09:00", Targets(2 * HOUR, None, 1 * HOUR, OFFICE)))
    assert (standing.next_due.clock, standing.next_due.due_at) == ("resolution", at(2, "10:00"))
    standing = fold([answer(2, "09:30"), state(2, "09:45", "closed")], standing)
    assert standing.next_due is None
    assert [verdict_of(run, at(3, "09:00")) for run in standing.runs] == ["met", "met"]


def test_reopening_starts_the_first_response_anew() -> None:
    standing = fold(
        [
            *opened(2, "09:00"),
            answer(2, "10:00"),
            state(2, "10:00", "closed"),
            state(4, "09:00", "open"),
            customer(4, "09:00"),
        ]
    )
    first, again = runs(standing, "first")
    assert (first.stopped_at, again.number, again.due_at) == (at(2, "10:00"), 2, at(4, "11:00"))
    assert [run.number for run in runs(standing, "resolution")] == [1, 2]
    assert resolutions(standing) == (Took(1 * HOUR, 1 * HOUR), None)
    standing = fold([answer(4, "12:00"), state(4, "13:00", "closed")], standing)
    assert resolutions(standing) == (
        Took(1 * HOUR, 1 * HOUR),
        Took(20 * HOUR, 52 * HOUR),
    )
    assert verdict_of(runs(standing, "first")[1], 0) == "missed"


def test_closing_without_an_answer_drops_the_clock_unless_it_was_late() -> None:
    early = fold([*opened(2, "09:00"), state(2, "09:05", "closed")])
    late = fold([*opened(2, "09:00"), state(2, "12:00", "closed")])
    assert [verdict_of(runs(s, "first")[0], at(9, "09:00")) for s in (early, late)] == [
        "dropped",
        "missed",
    ]


def test_resolution_includes_waiting_unless_frozen() -> None:
    marks = [
        *opened(2, "09:00"),
        answer(2, "10:00"),
        state(2, "10:00", "waiting"),
        state(4, "10:00", "open"),
        customer(4, "10:00"),
    ]
    running = fold(marks)
    assert running.running("resolution").due_at == at(3, "17:00")
    frozen = Targets(2 * HOUR, 4 * HOUR, 16 * HOUR, OFFICE, freezes_waiting=True)
    marks[0] = Mark(at(2, "09:00"), "targets", targets=frozen)
    standing = fold(marks[:5])
    # Nothing is due while the customer is waited for, but there is a target.
    (stands_still,) = runs(standing, "resolution")
    assert (stands_still.due_at, stands_still.has_target) == (None, True)
    assert verdict_of(stands_still, at(31, "09:00")) == "open"
    assert standing.next_due is None
    assert fold(marks).running("resolution").due_at == at(5, "17:00")
    closed = fold([*marks, answer(4, "11:00"), state(4, "11:00", "closed")])
    assert resolutions(closed)[0] == Took(18 * HOUR, 50 * HOUR)
    assert verdict_of(runs(closed, "resolution")[0], 0) == "met"


def test_a_target_changed_midway_counts_from_the_same_start() -> None:
    standing = fold(opened(2, "09:00"))
    urgent = Targets(1 * HOUR, 1 * HOUR, 4 * HOUR, OFFICE)
    standing = fold([Mark(at(2, "09:30"), "targets", targets=urgent)], standing)
    assert (standing.running("first").due_at, standing.running("resolution").due_at) == (
        at(2, "10:00"),
        at(2, "13:00"),
    )
    # What has stopped keeps the target that it had.
    standing = fold(
        [answer(2, "09:45"), Mark(at(2, "10:00"), "targets", targets=TARGETS)], standing
    )
    assert runs(standing, "first")[0].due_at == at(2, "10:00")
    assert standing.running("resolution").due_at == at(3, "17:00")


def test_without_targets_nothing_is_due_but_everything_is_measured() -> None:
    standing = fold([*opened(2, "09:00", Targets(hours=OFFICE)), answer(2, "10:00")])
    assert standing.next_due is None
    (run,) = runs(standing, "first")
    assert (run.working, verdict_of(run, 0)) == (1 * HOUR, "no_target")


def test_waits_are_told_by_whose_they_were() -> None:
    standing = fold(
        [
            *opened(2, "09:00"),
            state(2, "10:00", "open"),
            state(2, "11:00", "snoozed"),
            state(2, "13:00", "open"),
            state(2, "14:00", "waiting"),
        ]
    )
    until = at(2, "16:00")
    assert time_in(standing, REQUESTER_WAITS, until) == Took(5 * HOUR, 5 * HOUR)
    assert time_in(standing, AGENT_WORKS, until) == Took(3 * HOUR, 3 * HOUR)
    assert time_in(standing, ["waiting"], until) == Took(2 * HOUR, 2 * HOUR)


def test_a_deadline_follows_the_change_of_the_clocks() -> None:
    always = read_hours([[["00:00", "24:00"]]] * 7, ZONE)
    standing = fold(opened(28, "22:00", Targets(first=8 * HOUR, hours=always)))
    assert standing.next_due.due_at == at(29, "07:00")


def test_durations_of_patients_of_freireich_have_the_known_median() -> None:
    """Remission of 21 patients on 6-MP (Freireich et al. 1963, Blood 21:699): the median is 23 weeks."""
    over = (6, 6, 6, 7, 10, 13, 16, 22, 23)
    go_on = (6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35)
    told = [(weeks, True) for weeks in over] + [(weeks, False) for weeks in go_on]
    assert (quantile(told, 0.5), quantile(told, 0.25), quantile(told, 0.9)) == (23, 13, None)


def test_quantiles_without_censoring_are_the_plain_ones() -> None:
    told = [(n, True) for n in range(1, 11)]
    assert (quantile(told, 0.5), quantile(told, 0.9), quantile([], 0.5)) == (5, 9, None)


marks = st.lists(
    st.one_of(
        st.just(("customer", "")),
        st.just(("answer", "")),
        st.sampled_from(["new", "open", "waiting", "snoozed", "closed"]).map(
            lambda s: ("state", s)
        ),
        st.sampled_from(["quick", "slow", "frozen"]).map(lambda t: ("targets", t)),
    ),
    max_size=12,
)
CHOICES = {
    "quick": Targets(1 * HOUR, 2 * HOUR, 8 * HOUR, OFFICE),
    "slow": Targets(8 * HOUR, 4 * HOUR, None, OFFICE),
    "frozen": Targets(2 * HOUR, 2 * HOUR, 16 * HOUR, OFFICE, freezes_waiting=True),
}


def made(told: list[tuple[Any, str]], gaps: list[int]) -> list[Mark]:
    now, found = at(2, "08:00"), opened(2, "08:00")
    for (what, word), gap in zip(told, gaps, strict=False):
        now += gap * MINUTE
        targets = CHOICES.get(word) if what == "targets" else None
        found.append(Mark(now, what, word if what == "state" else "", targets))
    return found


@given(marks, st.lists(st.integers(0, 3000), min_size=12, max_size=12), st.integers(0, 15))
def test_the_same_whatever_the_batching(
    told: list[tuple[str, str]], gaps: list[int], cut: int
) -> None:
    all_marks = made(told, gaps)
    standing = fold(all_marks)
    assert fold(all_marks[cut:], fold(all_marks[:cut])) == standing
    one_by_one = Standing()
    for mark in all_marks:
        one_by_one = fold([mark], one_by_one)
    assert one_by_one == standing


@given(marks, st.lists(st.integers(0, 3000), min_size=12, max_size=12))
def test_books_balance(told: list[tuple[str, str]], gaps: list[int]) -> None:
    standing = fold(made(told, gaps))
    until = standing.at
    states = ["new", "open", "waiting", "snoozed", "closed"]
    assert time_in(standing, states, until).calendar == until - known(standing.opened_at)
    for clock in ("first", "next", "resolution"):
        found = runs(standing, clock)
        assert [run.number for run in found] == list(range(1, len(found) + 1))
        assert all(run.stopped_at is not None for run in found[:-1])
        for run in found:
            if run.stopped_at is not None:
                assert 0 <= known(run.working) <= known(run.calendar)
    is_closed = standing.state == "closed"
    assert (standing.running("resolution") is None) == is_closed
    assert (standing.running("first") is None) or not is_closed


@pytest.mark.parametrize("word", ["quick", "slow", "frozen"])
def test_an_answer_before_the_deadline_is_met(word: str) -> None:
    targets = CHOICES[word]
    first = known(targets.first)
    for minutes in (1, first // MINUTE, first // MINUTE + 1):
        begun = fold(opened(2, "09:00", targets))
        (run,) = runs(fold([Mark(at(2, "09:00") + minutes * MINUTE, "answer")], begun), "first")
        met = minutes * MINUTE <= first
        assert verdict_of(run, 0) == ("met" if met else "missed")
