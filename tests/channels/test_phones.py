"""Telephone numbers as gateways write them."""

from __future__ import annotations

import pytest

from keskio.channels.phones import e164, written


@pytest.mark.parametrize(
    "text",
    [
        "+358401234567",
        "358401234567",
        "00358401234567",
        "040 123 4567",
        "0401234567",
        "+358 (0)40-123 4567",
    ],
)
def test_a_number_in_any_writing_is_one_number(text: str) -> None:
    assert e164(text, region="FI") == "+358401234567"


@pytest.mark.parametrize("text", ["", "Keskio", "17163", "+", "12", "a" * 300])
def test_what_is_no_number_is_none(text: str) -> None:
    assert e164(text, region="FI") == ""


def test_a_swedish_number_keeps_its_country() -> None:
    assert e164("46701234567", region="FI") == "+46701234567"


def test_numbers_are_written_as_the_gateway_wants() -> None:
    number = "+358401234567"
    assert [written(number, style) for style in ("plus", "bare", "zeros")] == [
        "+358401234567",
        "358401234567",
        "00358401234567",
    ]
    assert written("17163", "zeros") == "17163"
