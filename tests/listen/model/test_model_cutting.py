"""Texts as numbers of words: the same words as `stream` cuts, whatever has been met and forgotten before."""

from __future__ import annotations

import numpy as np

from keskio.engine.text.tokens import stream
from keskio.listen.model.cutting import Across, Cutting
from keskio.listen.model.words import Words

TEXTS = [
    ["Hyvää palvelua, kiitos!", "Ei toimi..."],
    ["", "Kiitos\nei   toimi 😡 @pankki", "2,5 h jonossa"],
    ["Hyvää!", "palvelua?"],
    [""],
]


def said(words: Words, numbers: np.ndarray) -> list[str]:
    return [words.spelt[number] for number in numbers.tolist()]


def test_texts_become_the_words_that_stream_cuts() -> None:
    cutting = Cutting(Words(""))
    for texts in (*TEXTS, *TEXTS):
        assert said(cutting.words, cutting.numbers(texts)) == stream(texts)


def test_forgotten_words_and_pieces_are_numbered_anew() -> None:
    for words, bound in ((Words("", bound=4), 100), (Words(""), 2)):
        cutting = Cutting(words, bound)
        for texts in (*TEXTS, *TEXTS):
            assert said(words, cutting.numbers(texts)) == stream(texts)


def test_no_texts_are_no_words() -> None:
    assert Cutting(Words("")).numbers([]).tolist() == []


def test_words_have_their_own_numbers_in_another_language() -> None:
    other = Words("xx")
    other.numbers(["toimi", "jonossa"])
    cutting = Cutting(Words(""))
    across = Across(cutting.words, other)
    for texts in (*TEXTS, *TEXTS):
        assert said(other, across.numbers(cutting.numbers(texts))) == stream(texts)
    assert other.spelt[:2] == ["toimi", "jonossa"]


def test_numbers_across_hold_when_either_side_has_forgotten() -> None:
    for one, other in ((Words("", bound=4), Words("xx")), (Words(""), Words("xx", bound=4))):
        cutting, across = Cutting(one), Across(one, other)
        for texts in (*TEXTS, *TEXTS):
            assert said(other, across.numbers(cutting.numbers(texts))) == stream(texts)
        assert one.renumbered + other.renumbered > 0


def test_more_words_than_there_was_room_for() -> None:
    cutting = Cutting(Words(""))
    across = Across(cutting.words, Words("xx"))
    texts = [f"sana{number}x, toinen" for number in range(9_000)]
    numbers = cutting.numbers(texts)
    assert said(cutting.words, numbers) == stream(texts)
    assert said(across.other, across.numbers(numbers)) == stream(texts)
