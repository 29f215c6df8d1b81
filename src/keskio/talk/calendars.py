"""Working calendars: public holidays by country, as the engine takes them."""

from __future__ import annotations

from functools import cache

import holidays

from keskio.engine.times import Calendar

YEARS = range(2000, 2061)


@cache
def calendar_for(country: str) -> Calendar:
    """Return the working calendar of `country` (ISO 3166 code, "FI" for Finland)."""
    days = holidays.country_holidays(country, years=YEARS)
    return Calendar(holidays=frozenset(day.toordinal() for day in days))
