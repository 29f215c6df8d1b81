"""Reading single values of a definition: each either fits, or says in a sentence what it should be.

Nothing here knows of steps or settings; `definition` puts the values together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from keskio.engine.text import normalise
from keskio.engine.times import WEEKDAYS

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z]{2,8})?")
FAULTS = (ValueError, KeyError, TypeError, AttributeError, OverflowError)


class Unreadable(ValueError):
    """A place in the document cannot be read; the message says which and why."""


def reading(place: str, read: Callable[[], Any]) -> Any:
    """Return what `read` returns; whatever is wrong becomes Unreadable with the place named."""
    try:
        return read()
    except FAULTS as fault:
        raise Unreadable(f"{place}: {said(fault)}") from fault


def said(fault: Exception) -> str:
    """Return what an error says, in words for who wrote the definition."""
    return f"{fault.args[0]!r} is missing" if isinstance(fault, KeyError) else str(fault)


def mapping(value: object, what: str) -> Mapping[Any, Any]:
    """Return `value` if it is a mapping."""
    if not isinstance(value, Mapping):
        raise Unreadable(f"{what} must be a mapping of names to values")
    return value


def names(value: object, what: str) -> tuple[str, ...]:
    """Return `value` if it is a list of names."""
    if not isinstance(value, (list, tuple)) or not all(isinstance(v, str) and v for v in value):
        raise Unreadable(f"{what} must be a list of names")
    return tuple(value)


def whole(value: object, what: str) -> int:
    """Return `value` if it is a whole number that is not negative."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise Unreadable(f"{what} must be a whole number")
    return value


def flag(value: object, what: str) -> bool:
    """Return `value` if it is true or false."""
    if not isinstance(value, bool):
        raise Unreadable(f"{what} must be true or false")
    return value


def weight(value: object) -> float:
    """Return `value` if it is a number that is not negative; "30 %" is 30. Raises ValueError."""
    if isinstance(value, str):
        value = value.strip().removesuffix("%").strip().replace(",", ".")
    if isinstance(value, (str, int, float)) and not isinstance(value, bool):
        number = float(value)
        if 0 <= number < float("inf"):
            return number
    raise ValueError(f"{value!r} is not a share")


def share(value: object) -> float:
    """Return the share (0 to 1) that `value` says: "10 %", "10%", or 0.1. Raises ValueError."""
    number = weight(value)
    if isinstance(value, str) and value.strip().endswith("%"):
        number /= 100
    if number > 1:
        raise ValueError(f"{value!r} is more than all: write for example 10 %")
    return number


def one_of(value: object, allowed: Collection[str], what: str) -> str:
    """Return `value` if it is one of the words `allowed`."""
    if not isinstance(value, str) or value not in allowed:
        raise Unreadable(f"{what} must be {' or '.join(allowed)}")
    return value


def zone(value: object) -> str:
    """Return `value` if it names a time zone."""
    try:
        return ZoneInfo(str(value)).key
    except (KeyError, ValueError, OSError) as fault:
        raise Unreadable(f"zone: there is no time zone {value!r}") from fault


def weekday(value: object) -> int:
    """Return the number of a weekday (0 is Monday)."""
    name = str(value).lower()
    if name not in WEEKDAYS:
        raise ValueError(f"there is no weekday {value!r}")
    return WEEKDAYS.index(name)


def channels(value: object) -> tuple[str, ...]:
    """Return the channels that `value` lists, in the order of liking; raises ValueError for none."""
    named = value if isinstance(value, list) else [value]
    if not named or not all(isinstance(name, str) and name for name in named):
        raise ValueError("channel must name a channel, or list some in the order of liking")
    return tuple(named)


def texts(value: object, *, is_published: bool = False) -> dict[str, str]:
    """Return language versions: a plain string counts as Finnish; an empty one is none.

    What is no language is a mistake; but what has been published with it goes on as it did.
    """
    if isinstance(value, Mapping):
        strange = [str(key) for key in value if not _LANGUAGE.fullmatch(str(key))]
        if strange and not is_published:
            # What YAML makes of {fi: Thanks, we will call}: a comma begins the next name.
            raise ValueError(f"{strange[0]!r} is no language; a text with a comma stands in quotes")
        return {str(language): _text(text) for language, text in value.items() if _text(text)}
    return {"fi": _text(value)} if _text(value) else {}


def _text(value: object) -> str:
    if isinstance(value, (Mapping, list, tuple)):
        raise ValueError("a text is written as it is, or once for each language")
    return "" if value is None else str(value)


def words(value: object) -> list[str]:
    """Return the words that `value` gives: a list, or one alone."""
    if isinstance(value, Mapping):
        raise ValueError("words are a list")
    many = value if isinstance(value, (list, tuple)) else [] if value is None else [value]
    return [str(word) for word in many]


def word_table(value: object) -> dict[str, str]:
    """Return the words of `value` by what they are when normalised, as `choice_in` takes them."""
    table = {normalise(word): word for word in words(value)}
    if "" in table:
        raise ValueError(f"{table['']!r} has no letter or digit to answer with")
    return table
