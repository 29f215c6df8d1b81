"""Cells as people write them: Finnish decimals and dates, yes and no in three languages.

A reader takes the trimmed text of one cell and returns its value, or raises Unreadable with the
name of what is wrong; `words.FAULTS` has the sentences. Nothing here knows files or customers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from keskio.engine.times import to_instant
from keskio.kernel.clock import Micros, to_micros

CellReader: TypeAlias = Callable[[str], Any]

KINDS = ("text", "number", "date", "time", "flag", "list")
YES = frozenset(
    ("1", "x", "k", "y", "j", "kyllä", "kylla", "on", "yes", "true", "tosi", "ja", "ok", "given")
)
NO = frozenset(
    ("0", "-", "e", "n", "ei", "no", "false", "epätosi", "nej", "off", "denied", "ei lupaa")
)
LONGEST_TEXT = 10_000

_BLANKS = str.maketrans("", "", " \u00a0\u202f\u2009'’€$")
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_DAY = r"(?P<{0}>\d{{1,2}})[./](?P<{1}>\d{{1,2}})[./](?P<{2}>\d{{4}})"
_ISO = r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})"
_DATES = (
    re.compile(_DAY.format("d", "m", "y")),
    re.compile(_ISO),
    re.compile(r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})"),
)
_CLOCK = re.compile(
    r"(?:klo\s*)?(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:[.,](\d{1,6})\d*)?)?\s*(Z|UTC|[-+]\d{2}:?\d{2})?"
)


class Unreadable(ValueError):
    """A cell cannot be read as what it should be; `reason` names why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def reader_of(
    kind: str, *, zone: str, separator: str = "", decimal: str = "", words: Mapping[str, Any] = {}
) -> CellReader:
    """Return the reader of cells of `kind`; `words` stand for values of their own, whatever the kind."""
    readers: dict[str, CellReader] = {
        "text": read_text,
        "number": partial(read_number, decimal=decimal),
        "date": read_date,
        "time": partial(read_time_text, zone=zone),
        "flag": read_flag,
        "list": partial(read_list, separator=separator),
    }
    read = readers[kind]
    if not words:
        return read
    known = {str(word).strip().casefold(): value for word, value in words.items()}

    def translate(text: str) -> Any:
        word = text.casefold()
        if word in known:
            return known[word]
        if "*" in known:
            return known["*"]
        return read(text)

    return translate


def read_text(text: str) -> str:
    """Return the text; what is too long for a trait is no trait."""
    if len(text) > LONGEST_TEXT:
        raise Unreadable("too_long")
    return text.replace("\x00", "") if "\x00" in text else text


@lru_cache(maxsize=20_000)
def read_number(text: str, decimal: str = "") -> int | float:
    """Return the number that `text` writes, in the Finnish or the English way.

    `decimal` ("comma" or "point") says which it is; otherwise the later of two signs is the decimal
    one, a lone comma is decimal, and so is a lone point.

    >>> [read_number(n) for n in ("1 234,50 €", "1,234.50", "-7", "3.5", "12,5")]
    [1234.5, 1234.5, -7, 3.5, 12.5]
    """
    plain = text.translate(_BLANKS).replace("\u2212", "-")
    comma, point = plain.rfind(","), plain.rfind(".")
    is_comma = decimal == "comma" or (not decimal and comma > point)
    if not decimal and comma >= 0 > point and plain.count(",") > 1:
        is_comma = False
    plain = plain.replace(".", "").replace(",", ".") if is_comma else plain.replace(",", "")
    if not _NUMBER.fullmatch(plain):
        raise Unreadable("not_a_number")
    number = float(plain)
    if number in (float("inf"), float("-inf")):
        raise Unreadable("not_a_number")
    is_whole = plain.lstrip("+-").isdigit()
    return int(plain) if is_whole and len(plain) < 19 else number


@lru_cache(maxsize=20_000)
def read_date(text: str) -> str:
    """Return the day as YYYY-MM-DD; a clock time behind it is left out.

    >>> [read_date(day) for day in ("5.3.2024", "2024-03-05", "05/03/2024", "5.3.2024 10.30")]
    ['2024-03-05', '2024-03-05', '2024-03-05', '2024-03-05']
    """
    return _split(text)[0].strftime("%Y-%m-%d")


def read_time_text(text: str, zone: str) -> str:
    """Return the instant as ISO 8601 in UTC."""
    at = read_instant(text, zone)
    told = datetime.fromtimestamp(at / 1_000_000, UTC)
    return told.isoformat(timespec="seconds").replace("+00:00", "Z")


@lru_cache(maxsize=20_000)
def read_instant(text: str, zone: str) -> Micros:
    """Return the instant that `text` names; without a zone it is by the clocks of `zone`.

    A day alone is its beginning.
    """
    day, rest = _split(text)
    rest = rest.strip().removeprefix("T").removeprefix(",").strip()
    if not rest:
        return _instant(day.replace(tzinfo=ZoneInfo(zone)))
    clock = _CLOCK.fullmatch(rest)
    if clock is None:
        raise Unreadable("not_a_time")
    hour, minute, second, fraction, offset = clock.groups()
    try:
        at = day.replace(
            hour=int(hour),
            minute=int(minute),
            second=int(second or 0),
            microsecond=int((fraction or "0").ljust(6, "0")),
        )
    except ValueError:
        raise Unreadable("not_a_time") from None
    if offset is None:
        return _instant(at.replace(tzinfo=ZoneInfo(zone)))
    if offset in ("Z", "UTC"):
        return to_micros(at.replace(tzinfo=UTC))
    return to_micros(datetime.fromisoformat(f"{at.isoformat()}{offset[:3]}:{offset[-2:]}"))


def _instant(at: datetime) -> Micros:
    try:
        return to_instant(at)
    except (OverflowError, ValueError):
        raise Unreadable("not_a_date") from None


def _split(text: str) -> tuple[datetime, str]:
    """Return the day with which `text` begins, and what stands behind it."""
    for pattern in _DATES:
        found = pattern.match(text)
        if found and (found.end() == len(text) or text[found.end()] in " T,"):
            try:
                day = datetime(int(found["y"]), int(found["m"]), int(found["d"]))  # noqa: DTZ001 - a day
            except ValueError:
                break
            return day, text[found.end() :]
    raise Unreadable("not_a_date")


def read_flag(text: str) -> bool:
    """Return yes or no, as it is written in Finnish, Swedish or English, or by a cross."""
    word = text.casefold()
    if word in YES:
        return True
    if word in NO:
        return False
    raise Unreadable("not_a_flag")


def read_list(text: str, separator: str = "") -> list[str]:
    """Return the parts of a list; without a `separator`, at semicolons, else bars, else commas."""
    sign = separator or next((s for s in (";", "|", ",") if s in text), ",")
    return [part.strip() for part in text.split(sign) if part.strip()]
