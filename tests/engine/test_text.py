"""What counts as a choice, and what a person has to read."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keskio.engine.text import choice_in, normalise, words_of
from keskio.engine.text import choices as text

AB = words_of({"A": [], "B": ["alennus", "koodi kiitos"]})


def test_module_examples_hold() -> None:
    assert doctest.testmod(text).failed == 0


@pytest.mark.parametrize(
    "said",
    ["A", "a", " A ", "A.", "a.", "(a)", "A!", '"A"', "»A«", "A…", "\nA\n", "Ａ", "A 👍", "- a"],
)
def test_the_letter_alone_is_the_choice(said: str) -> None:
    assert choice_in(said, AB) == "A"


@pytest.mark.parametrize(
    ("said", "choice"), [("ALENNUS", "B"), ("Koodi,  kiitos", None), ("koodi  KIITOS!", "B")]
)
def test_words_of_a_choice_name_it(said: str, choice: str | None) -> None:
    assert choice_in(said, AB) == choice


@pytest.mark.parametrize(
    "said",
    [
        "Ahaa kiitos",
        "A kiitos",
        "AB",
        "A tai B",
        "A B",
        "aa",
        "Ä",
        "",
        " ",
        "?",
        "👍",
        "kyllä",
        "a-b",
        "1",
    ],
)
def test_whatever_says_more_or_else_is_no_choice(said: str) -> None:
    assert choice_in(said, AB) is None


def test_the_first_line_may_name_the_choice_where_signatures_follow() -> None:
    letter = "\n A. \n\nTerveisin Aino\n> Vastaa A tai B"
    assert choice_in(letter, AB, first_line=True) == "A"
    assert choice_in(letter, AB) is None
    assert choice_in("Kiitos!\nA", AB, first_line=True) is None
    assert choice_in("\n \n", AB, first_line=True) is None


def test_two_choices_may_not_share_a_word() -> None:
    with pytest.raises(ValueError, match="'joo' would mean both 'A' and 'B'"):
        words_of({"A": ["JOO"], "B": ["joo"]})


@pytest.mark.parametrize("word", ["", "?", "👍", " - "])
def test_a_word_must_say_something(word: str) -> None:
    with pytest.raises(ValueError, match="has no letter or digit"):
        words_of({"A": [word]})


@given(st.text())
def test_normalising_again_changes_nothing(said: str) -> None:
    assert normalise(normalise(said)) == normalise(said)


@given(
    st.sampled_from("AaBb"),
    st.text(" \t.,!?()\"'-\u2026*", max_size=5),
    st.text(' .!)"', max_size=5),
)
def test_wrapping_a_letter_in_signs_keeps_it(letter: str, before: str, after: str) -> None:
    assert choice_in(before + letter + after, AB) == letter.upper()
