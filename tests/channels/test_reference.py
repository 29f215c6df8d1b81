"""References come back whole from what mail systems do to them, and cannot be made up."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from keskio.channels.contracts import Reference
from keskio.channels.reference import make_reference, read_reference

numbers = st.integers(min_value=0, max_value=2**63 - 1)


@given(message=numbers, customer=numbers)
def test_reference_survives_plus_addressing_and_case(message: int, customer: int) -> None:
    reference = make_reference(message, customer)
    expected = Reference(message, customer)
    assert re.fullmatch(r"k[a-z2-7]{12,43}", reference)
    assert len(f"bounce+{reference}") <= 64
    assert read_reference(reference) == expected
    assert read_reference(f"Keskiö <REPLY+{reference.upper()}@EXAMPLE.COM>") == expected
    assert read_reference(f"<{reference}@example.com> <other@example.org>") == expected


@given(
    message=numbers,
    customer=numbers,
    place=st.integers(min_value=1),
    letter=st.sampled_from("abcz27"),
)
def test_a_changed_reference_is_none(message: int, customer: int, place: int, letter: str) -> None:
    reference = make_reference(message, customer)
    place = 1 + place % (len(reference) - 2)  # the last letter may hold padding only
    changed = reference[:place] + letter + reference[place + 1 :]
    assert (read_reference(changed) is None) == (changed != reference)


@given(st.text(max_size=200))
def test_any_text_is_read_without_complaint(text: str) -> None:
    assert read_reference(text) is None


def test_reference_of_another_key_is_none_and_of_a_fallback_key_is_read(
    settings: Settings,
) -> None:
    before = make_reference(42, 7)
    old, settings.SECRET_KEY = settings.SECRET_KEY, "a new key, long enough to be one, 0123456789"
    assert read_reference(before) is None
    settings.SECRET_KEY_FALLBACKS = [old]
    assert read_reference(before) == Reference(42, 7)


def test_a_short_installation_has_short_references() -> None:
    assert len(make_reference(1_000_000, 100_000)) == 21
