"""The one cutting of free text into tokens."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keskio.engine.text import tokens as module
from keskio.engine.text.tokens import END, negation_marks, normalise, stream, tokens


def test_module_examples_hold() -> None:
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("Verkkopankki kaatui 😡😡", ["verkkopankki", "kaatui", "😡", "😡"]),
        ("laina-asia ei etene :(", ["laina-asia", "ei", "etene", ":("]),
        ("I can’t log in...", ["i", "can't", "log", "in", "."]),
        ("Mitä?! EI", ["mitä", "?", "ei"]),
        ("👍🏽 🤷‍♀️ ❤️", ["👍", "🤷", "❤"]),
        ("auki 10–16, 3,5 %", ["auki", "10", "16", ",", "3,5"]),
        (
            "@pankki katso www.sivu.example tai a.b@c.example",
            ["xuser", "katso", "xurl", "tai", "xmail"],
        ),
        ("teatteri- ja 'hieno' #pankki", ["teatteri", "ja", "hieno", "pankki"]),
        ("", []),
        ("   ***  ", []),
    ],
)
def test_text_is_cut_into_words_signs_and_ends(text: str, cut: list[str]) -> None:
    assert tokens(text) == cut


@given(st.lists(st.text(max_size=40), max_size=8))
def test_a_stream_is_what_its_texts_are_one_by_one(texts: list[str]) -> None:
    expected = [token for text in texts for token in [*tokens(text), END]]
    assert stream(texts) == expected


@given(st.text(max_size=80))
def test_normalising_again_changes_nothing(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


@pytest.mark.parametrize(
    ("text", "reached"),
    [
        ("en ole saanut mitään vastausta vielä", ["ole", "saanut", "mitään"]),
        ("ei hyvä. huono", ["hyvä"]),
        ("ei hyvä mutta halpa", ["hyvä"]),
        ("ei, hyvä", []),
        ("not good but cheap", ["good"]),
        ("hyvä palvelu", []),
    ],
)
def test_denial_reaches_three_words_of_its_clause(text: str, reached: list[str]) -> None:
    cut = tokens(text)
    assert [token for token, mark in zip(cut, negation_marks(cut), strict=True) if mark] == reached
