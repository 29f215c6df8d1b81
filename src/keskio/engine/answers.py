"""Answers that have a value: numbers, readings, dates, times, free text, as people write them.

What is read is what the answer is about: "142/88", "142 / 88 aamulla", "n. 7,5". A text that says more
numbers than were asked for, or goes on for long, is not understood, and a person reads it.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

NUMBER = re.compile(r"(?<![\w.,])[-+]?\d{1,9}(?:[.,]\d{1,6})?(?![\w]|[.,]\d)")
CLOCK = re.compile(r"(?<!\d)(\d{1,2})[.:](\d{2})(?!\d|[.:]\d)")
HOUR = re.compile(r"^(?:klo\s*|kello\s*|at\s*)?(\d{1,2})$")
DAY = re.compile(r"(?<!\d)(\d{1,2})\.(\d{1,2})\.(\d{4})(?!\d)")
ISO_DAY = re.compile(r"(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)")
MOST_BESIDE = 24  # letters beside the numbers: a few words may go with an answer
LONGEST = 2000


def read_answer(
    text: str,
    kind: str,
    *,
    count: int = 1,
    least: float | None = None,
    most: float | None = None,
) -> Any:
    """Return the value that `text` says, or None when it says none of this kind.

    `kind`: number (a float), readings (a list of `count` floats), date (ISO text), time ("08:30"),
    text (as written). The bounds are for each number.

    >>> read_answer("142/88", "readings", count=2)
    [142.0, 88.0]
    >>> read_answer("noin 7,5", "number", most=10)
    7.5
    >>> read_answer("klo 8", "time")
    '08:00'
    """
    bare = " ".join(text.split())[:LONGEST]
    if kind == "text":
        return bare or None
    if kind == "date":
        return _date_in(bare)
    if kind == "time":
        return _time_in(bare)
    found = _numbers_in(bare.replace("/", " / "))
    wanted = 1 if kind == "number" else count
    if len(found) != wanted or not all(_is_within(number, least, most) for number in found):
        return None
    return found[0] if kind == "number" else found


def _numbers_in(text: str) -> list[float]:
    beside = NUMBER.sub(" ", text)
    if sum(character.isalpha() for character in beside) > MOST_BESIDE or re.search(r"\d", beside):
        return []
    return [float(number.replace(",", ".")) for number in NUMBER.findall(text)]


def _is_within(number: float, least: float | None, most: float | None) -> bool:
    return (least is None or number >= least) and (most is None or number <= most)


def _date_in(text: str) -> str | None:
    finnish, iso = DAY.findall(text), ISO_DAY.findall(text)
    named = [(year, month, day) for day, month, year in finnish] + iso
    if len(named) != 1:
        return None
    try:
        return date(*map(int, named[0])).isoformat()
    except ValueError:
        return None


def _time_in(text: str) -> str | None:
    named = CLOCK.findall(text) or [(hour, "0") for hour in HOUR.findall(text.strip(" .").lower())]
    if len(named) != 1:
        return None
    hour, minute = map(int, named[0])
    return f"{hour:02}:{minute:02}" if hour < 24 and minute < 60 else None
