"""Cells as people write them."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keskio.know.imports.cells import Unreadable, read_date, read_instant, read_number, reader_of


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1 234,50", 1234.5),
        ("1\u00a0234,50 €", 1234.5),
        ("1.234,5", 1234.5),
        ("1,234.5", 1234.5),
        ("12,5", 12.5),
        ("3.5", 3.5),
        ("-7", -7),
        ("\u22127", -7),
        ("1,234,567", 1234567),
        ("007", 7),
    ],
)
def test_numbers_are_read_the_finnish_and_the_english_way(text: str, number: float) -> None:
    assert read_number(text) == number


def test_the_mapping_may_say_which_sign_is_decimal() -> None:
    assert reader_of("number", zone="UTC", decimal="comma")("1.234") == 1234
    assert reader_of("number", zone="UTC", decimal="point")("1,234") == 1234


@given(st.floats(-1e12, 1e12).map(lambda number: round(number, 2)))
def test_what_finns_write_is_read_back(number: float) -> None:
    assert read_number(f"{number:,.2f}".replace(",", " ").replace(".", ",")) == number


@pytest.mark.parametrize(
    "text", ["5.3.2024", "05.03.2024", "2024-03-05", "5/3/2024", "20240305", "5.3.2024 klo 10.30"]
)
def test_days_are_read_in_the_usual_forms(text: str) -> None:
    assert read_date(text) == "2024-03-05"


@pytest.mark.parametrize(
    ("text", "micros"),
    [
        ("5.3.2024", 1709589600000000),
        ("5.3.2024 10.30", 1709627400000000),
        ("5.3.2024 klo 10:30", 1709627400000000),
        ("2024-03-05T10:30:00+02:00", 1709627400000000),
        ("2024-03-05 08:30:00.250Z", 1709627400250000),
        ("2024-07-05 11:30", 1720168200000000),
    ],
)
def test_times_are_by_the_clocks_of_the_zone(text: str, micros: int) -> None:
    assert read_instant(text, "Europe/Helsinki") == micros


@pytest.mark.parametrize(
    ("kind", "text", "reason"),
    [
        ("number", "paljon", "not_a_number"),
        ("number", "1e999", "not_a_number"),
        ("date", "31.2.2024", "not_a_date"),
        ("date", "2024", "not_a_date"),
        ("time", "5.3.2024 25.00", "not_a_time"),
        ("flag", "ehkä", "not_a_flag"),
        ("text", "x" * 10_001, "too_long"),
    ],
)
def test_what_cannot_be_read_says_why(kind: str, text: str, reason: str) -> None:
    with pytest.raises(Unreadable) as told:
        reader_of(kind, zone="Europe/Helsinki")(text)
    assert told.value.reason == reason


def test_words_of_the_mapping_go_before_the_kind() -> None:
    read = reader_of("flag", zone="UTC", words={"Mies": "m", "Nainen": "f"})
    assert [read("mies"), read("NAINEN"), read("kyllä")] == ["m", "f", True]


@given(st.text(max_size=40), st.sampled_from(["number", "date", "time", "flag", "list"]))
def test_no_text_breaks_a_reader(text: str, kind: str) -> None:
    with suppress(Unreadable):
        reader_of(kind, zone="Europe/Helsinki")(text.strip())
