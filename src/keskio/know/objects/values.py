"""Values of fields: what is told of a field, brought to the form of its type, or the reason why not."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from keskio.know.objects.contracts import CHOICE, DATE, FLAG, NUMBER, TIME, WORDS, Field

LONGEST_TEXT = 2000
LONGEST_KEY = 200
_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_FINNISH_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_YES = {"true": True, "yes": True, "1": True, "kyllä": True, "x": True}
_NO = {"false": False, "no": False, "0": False, "ei": False}


def kind_key(told: object) -> str:
    """Return a kind's key as it is kept (lower case), or "" for what cannot be one.

    >>> kind_key("Car"), kind_key("two words"), kind_key(None)
    ('car', 'two_words', '')
    """
    text = told.strip().lower().replace(" ", "_") if isinstance(told, str) else ""
    return text if _SLUG.fullmatch(text) else ""


def object_key(told: object) -> str:
    """Return an object's key as text, or "" for what cannot be one; numbers are written out.

    >>> object_key(" ABC-123 "), object_key(17), object_key(17.0), object_key(True)
    ('ABC-123', '17', '17', '')
    """
    if isinstance(told, bool) or not isinstance(told, str | int | float):
        return ""
    if isinstance(told, float) and told.is_integer():
        told = int(told)
    text = str(told).strip().replace("\x00", "")
    return text if len(text) <= LONGEST_KEY else ""


def read_fields(
    told: Mapping[str, Any], fields: Mapping[str, Field]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the values that can be kept, and for each of the others a sentence that says why not.

    A field that the kind does not list is kept as it came. None takes a field away.
    """
    kept: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for name, value in told.items():
        try:
            kept[name] = _read(name, value, fields.get(name))
        except ValueError as fault:
            faults[name] = str(fault)
    return kept, faults


def _read(name: str, value: Any, field: Field | None) -> Any:
    if name in WORDS or not name or len(name) > 100:
        raise ValueError(f"A field cannot be called {name[:100]!r}. Choose another name.")
    if value is None or (value == "" and field is not None):
        return None
    if field is None:
        if isinstance(value, str) and len(value) > LONGEST_TEXT:
            raise ValueError(f"{name} has more than {LONGEST_TEXT} characters.")
        return value
    return _READERS.get(field.type, _text)(field, value)


def _text(field: Field, value: Any) -> str:
    if isinstance(value, list | dict):
        raise ValueError(f"{field.name} must be a text, not {_shown(value)}.")
    text = ("true" if value else "false") if isinstance(value, bool) else str(value).strip()
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"{field.name} has more than {LONGEST_TEXT} characters.")
    return text


def _number(field: Field, value: Any) -> int | float:
    if isinstance(value, str):
        text = value.strip().replace("\u00a0", "").replace(" ", "").replace(",", ".")
        with contextlib.suppress(ValueError):
            value = float(text) if re.search(r"[.eE]", text) else int(text)
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e300:
        raise ValueError(f"{field.name} must be a number, such as 12.5, not {_shown(value)}.")
    return value


def _date(field: Field, value: Any) -> str:
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        return value.isoformat()
    text = str(value).strip()
    finnish = _FINNISH_DAY.fullmatch(text)
    try:
        if finnish:
            day, month, year = map(int, finnish.groups())
            return date(year, month, day).isoformat()
        return date.fromisoformat(text[:10]).isoformat()
    except ValueError:
        raise ValueError(
            f"{field.name} must be a date, such as 2026-11-22, not {_shown(value)}."
        ) from None


def _time(field: Field, value: Any) -> str:
    try:
        at = value if isinstance(value, datetime) else datetime.fromisoformat(str(value).strip())
    except ValueError:
        raise ValueError(
            f"{field.name} must be a time, such as 2026-11-22T15:00:00Z, not {_shown(value)}."
        ) from None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _flag(field: Field, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word in _YES or word in _NO:
        return word in _YES
    raise ValueError(f"{field.name} must be true or false, not {_shown(value)}.")


def _choice(field: Field, value: Any) -> str:
    text = _text(field, value)
    if field.choices and text not in field.choices:
        raise ValueError(
            f"{field.name} must be one of {', '.join(field.choices)}, not {_shown(value)}."
        )
    return text


def _shown(value: Any) -> str:
    return repr(value)[:60]


_READERS = {NUMBER: _number, DATE: _date, TIME: _time, FLAG: _flag, CHOICE: _choice}
