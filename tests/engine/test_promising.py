"""Promises in sentences: what is found, what is left alone, and how sure that is."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from keskio.engine.promising import recognise
from keskio.engine.times import Calendar, to_instant, to_local
from tests.engine.promise_sentences import FRESH, WORKED_WITH

HELSINKI = ZoneInfo("Europe/Helsinki")
MONDAY = to_instant(datetime(2026, 3, 2, 9, tzinfo=HELSINKI))
HOURS = Calendar()


def dues(text: str, language: str = "fi", now: int = MONDAY, hours: Calendar = HOURS) -> list[str]:
    found = recognise(text, language, now, hours)
    return [f"{to_local(one.due_at, 'Europe/Helsinki'):%Y-%m-%dT%H:%M}" for one in found]


@pytest.mark.parametrize(("language", "text", "due"), WORKED_WITH)
def test_a_sentence_is_understood(language: str, text: str, due: str) -> None:
    assert dues(text, language) == ([due] if due else [])


def test_precision_and_recall_on_sentences_that_the_rules_were_not_made_for() -> None:
    right = wrong = missed = 0
    for language, text, due in FRESH:
        got = dues(text, language)
        right += bool(due) and got == [due]
        wrong += bool(got) and got != [due]
        missed += bool(due) and got != [due]
    assert len(FRESH) == 47
    assert right / (right + wrong) >= 0.95
    assert right / (right + missed) >= 0.9


def test_each_promise_of_a_text_is_found_with_its_place() -> None:
    text = "Hei! Soitamme huomenna klo 10 mennessä ja lähetämme tarjouksen perjantaina. Mukavaa päivää!"
    found = recognise(text, "fi", MONDAY, HOURS)
    assert [text[one.start : one.end] for one in found] == [one.text for one in found]
    assert [one.text for one in found] == [
        "Soitamme huomenna klo 10 mennessä",
        "lähetämme tarjouksen perjantaina",
    ]
    assert dues(text) == ["2026-03-03T10:00", "2026-03-06T16:00"]


def test_a_friday_said_on_a_friday_is_the_next_one() -> None:
    friday = to_instant(datetime(2026, 3, 6, 9, tzinfo=HELSINKI))
    assert dues("Soitamme perjantaina.", now=friday) == ["2026-03-13T16:00"]


def test_an_hour_that_has_passed_today_is_that_of_tomorrow() -> None:
    assert dues("Soitan klo 8.") == ["2026-03-03T08:00"]
    assert dues("Soitan tänään klo 8.") == []


def test_working_time_passes_over_weekends_and_holidays() -> None:
    friday = to_instant(datetime(2026, 4, 2, 15, tzinfo=HELSINKI))  # Maundy Thursday
    easter = Calendar(
        holidays=frozenset(datetime(2026, 4, d, tzinfo=HELSINKI).toordinal() for d in (3, 6))
    )
    assert dues("Vastaamme kahden työtunnin kuluessa.", now=friday, hours=easter) == [
        "2026-04-07T09:00"
    ]
    assert dues("Palaamme asiaan kahden arkipäivän kuluessa.", now=friday, hours=easter) == [
        "2026-04-08T16:00"
    ]


def test_a_day_without_an_hour_ends_with_its_work() -> None:
    late = Calendar(closes=18 * 60)
    assert dues("Soitamme huomenna.", hours=late) == ["2026-03-03T18:00"]
    assert dues("Soitamme lauantaina.", hours=late) == ["2026-03-07T20:00"]


def test_a_change_of_the_clocks_lies_between() -> None:
    saturday = to_instant(datetime(2026, 3, 28, 12, tzinfo=HELSINKI))
    assert dues("Soitamme kahden päivän kuluessa.", now=saturday) == ["2026-03-30T12:00"]
    assert dues("Soitamme 24 tunnin kuluessa.", now=saturday) == ["2026-03-29T13:00"]


def test_dates_roll_over_the_year_and_impossible_ones_are_none() -> None:
    assert dues("Toimitamme sen 5.1. mennessä.") == ["2027-01-05T16:00"]
    assert dues("Toimitamme sen 31.2. mennessä.") == []
    assert dues("We will deliver it on 2026-03-20.", "en") == ["2026-03-20T16:00"]


def test_nothing_of_nothing() -> None:
    assert dues("") == []
    assert dues("\n\n  ...  !?\n") == []
