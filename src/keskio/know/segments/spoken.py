"""Values as people write them into a field, and what a form's fields are called.

A number is a number, true and false are flags, everything else is text; a text that looks like
something else stands in quotes.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?")
MOST_ROWS = 12
OPERATORS = (
    "is", "is_not", "in", "at_least", "at_most", "more_than", "less_than", "contains",
    "begins_with", "exists",
)  # fmt: skip
FIGURES = ("sum", "average", "min", "max", "first", "last", "distinct")
HELD = ("for_at_least", "for_less_than")

Fields = dict[str, str]


class CannotShow(ValueError):
    """No form control can show this; it is shown as text."""


def written(value: Any) -> str:
    """Return a value as a person writes it into a field; a text that looks otherwise in quotes.

    >>> written(85.5), written("85"), written("Oulu"), written([1, "a"])
    ('85.5', '"85"', 'Oulu', '1, a')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ", ".join(_quoted(item) if _has_comma(item) else written(item) for item in value)
    if isinstance(value, (int, float)):
        return msgspec.json.encode(value).decode()
    if not isinstance(value, str):
        raise CannotShow
    return value if spoken(value) == value else _quoted(value)


def spoken(text: str) -> Any:
    """Return the value that a person wrote: a number, true or false, or a text (in quotes or not)."""
    text = text.strip()
    if NUMBER.fullmatch(text):
        return msgspec.json.decode(text)
    if text in ("true", "false"):
        return text == "true"
    if len(text) > 1 and text[0] == text[-1] == '"':
        try:
            return msgspec.json.decode(text, type=str)
        except msgspec.DecodeError:
            return text
    return text


def spoken_list(text: str) -> list[Any]:
    """Return the values between commas; commas inside quotes belong to the text."""
    return [
        spoken(item) for item in re.findall(r'\s*("(?:[^"\\]|\\.)*"|[^,]+)', text) if item.strip()
    ]


def _quoted(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _has_comma(value: Any) -> bool:
    return isinstance(value, str) and ("," in value or value != value.strip())
