"""Working hours as people write them: `08:00-12:00, 12:30-16:00` for a day, and days off one a line."""

from __future__ import annotations

import re
from datetime import date

from keskio.kernel.errors import Mistake

_PERIOD = re.compile(r"(\d{1,2})[:.](\d{2})\s*[-–]\s*(\d{1,2})[:.](\d{2})")


class NotHours(Mistake):
    """Write the hours as 08:00-16:00, several with commas between."""

    code = "not_hours"


class NotDays(Mistake):
    """Write each day off as 2026-12-24, one a line."""

    code = "not_days"


def periods_of(text: str) -> list[list[str]]:
    """Return the periods that a day's text says. Raises NotHours.

    >>> periods_of("8.00-12.00, 12:30–16:00")
    [['08:00', '12:00'], ['12:30', '16:00']]
    """
    found = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        match = _PERIOD.fullmatch(part)
        if match is None:
            raise NotHours
        opens_hour, opens, closes_hour, closes = (int(number) for number in match.groups())
        if max(opens_hour, closes_hour) > 24 or max(opens, closes) > 59:
            raise NotHours
        found.append([f"{opens_hour:02}:{opens:02}", f"{closes_hour:02}:{closes:02}"])
    return found


def text_of(periods: list[list[str]]) -> str:
    """Return a day's periods as `periods_of` reads them."""
    return ", ".join(f"{opens}-{closes}" for opens, closes in periods)


def days_of(text: str) -> list[str]:
    """Return the days off that a text says, in order. Raises NotDays."""
    try:
        return sorted({date.fromisoformat(line).isoformat() for line in text.split()})
    except ValueError as fault:
        raise NotDays from fault
