"""A transcript cut into sentences that can be chosen one by one, without scripts."""

from __future__ import annotations

import re

import msgspec

_paragraph = re.compile(r"[^\n]+(?:\n(?!\s*\n)[^\n]+)*")
_sentence = re.compile(r"\S(?:.*?[.!?…]+[\"'”’)]*(?=\s|$)|.*$)", re.DOTALL)


class Passage(msgspec.Struct, frozen=True):
    """A sentence: where it stands in the transcript, and in which paragraph, from 0."""

    start: int
    end: int
    text: str
    paragraph: int


def passages_of(text: str) -> list[Passage]:
    r"""Return the sentences of a transcript in their order; `text[start:end]` is the sentence.

    >>> [p.text for p in passages_of("Hei. Mitä kuuluu?\n\nHyvää")]
    ['Hei.', 'Mitä kuuluu?', 'Hyvää']
    """
    found = []
    for number, paragraph in enumerate(_paragraph.finditer(text)):
        for sentence in _sentence.finditer(paragraph.group()):
            words = sentence.group().rstrip()
            start = paragraph.start() + sentence.start()
            found.append(Passage(start, start + len(words), words, number))
    return found
