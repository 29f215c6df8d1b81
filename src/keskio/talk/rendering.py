"""Texts to customers: Liquid templates with a few filters, and nothing that could reach outside.

A template sees `customer` (traits and name), the dialogue's variables, and what its steps kept. A
name that is not there is empty, as marketers expect of Liquid; `check` finds names nobody sets.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from liquid import BoundTemplate, DictLoader, Environment
from liquid.exceptions import LiquidError

MONTHS_EN = (
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
)
# Enough for any message; a template that loops beyond this is a mistake.
LOOP_LIMIT = 1000
OUTPUT_LIMIT = 256_000
MOST_MONEY = 10**18
# What a template comes to with what somebody's events say: numbers without end, days beyond all calendars.
FAULTS = (LiquidError, ArithmeticError, TypeError, AttributeError, LookupError, RecursionError)


class CustomerText(Environment):
    """The Liquid environment for texts: no files, bounded loops and output."""

    loop_iteration_limit = LOOP_LIMIT
    output_stream_limit = OUTPUT_LIMIT


class _Languages:
    """Filters that write dates as a language does."""

    def __init__(self, language: str, zone: str) -> None:
        self.finnish, self.zone = language == "fi", zone

    def day(self, value: object) -> str:
        """Write the day of a date or time."""
        found = _moment(value, self.zone)
        if found is None:
            return "" if value is None else str(value)
        if self.finnish:
            return f"{found.day}.{found.month}.{found.year}"
        return f"{found.day} {MONTHS_EN[found.month - 1]} {found.year}"

    def clock(self, value: object) -> str:
        """Write the time of day."""
        found = _moment(value, self.zone)
        if not isinstance(found, datetime):
            return ""
        return f"{found.hour}.{found.minute:02}" if self.finnish else f"{found:%H:%M}"

    def moment(self, value: object) -> str:
        """Write the day, and the time where there is one."""
        clock = self.clock(value)
        between = " klo " if self.finnish else " at "
        return self.day(value) + (between + clock if clock else "")

    def money(self, value: object) -> str:
        """Write a sum of euros; what is no number, or more than there is money, stays as it is."""
        try:
            sum_told = Decimal(str(value))
            cents = round(sum_told * 100) if abs(sum_told) < MOST_MONEY else None
        except (ArithmeticError, ValueError):
            cents = None
        if cents is None:
            return "" if value is None else str(value)
        whole, part = divmod(abs(cents), 100)
        sign = "-" if cents < 0 else ""
        grouped = f"{whole:,}"
        if self.finnish:
            # Plain spaces: a no-break space would make a text message of another alphabet, twice as long.
            return f"{sign}{grouped.replace(',', ' ')},{part:02} €"
        return f"{sign}€{grouped}.{part:02}"


def _moment(value: object, zone: str) -> date | datetime | None:
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, datetime):
        try:
            return value.astimezone(ZoneInfo(zone)) if value.tzinfo else value
        except OverflowError:  # at either end of the calendar
            return value
    return value if isinstance(value, date) else None


@lru_cache(maxsize=16)
def _environment(language: str, zone: str) -> Environment:
    environment = CustomerText(loader=DictLoader({}))
    filters = _Languages(language, zone)
    environment.filters.update(
        {
            "day": filters.day,
            "clock": filters.clock,
            "moment": filters.moment,
            "money": filters.money,
        }
    )
    return environment


@lru_cache(maxsize=4096)
def _template(text: str, language: str, zone: str) -> BoundTemplate:
    return _environment(language, zone).from_string(text)


def render(text: str, values: Mapping[str, Any], *, language: str, zone: str) -> str:
    """Return `text` with its names filled in from `values`.

    Raises ValueError with the template's fault when it cannot be written.
    """
    try:
        return _template(text, language, zone).render(dict(values))
    except FAULTS as fault:
        raise ValueError(str(fault) or type(fault).__name__) from fault


def written_body(body: Any, values: Mapping[str, Any], *, zone: str) -> Any:
    """Return what another system is told: the texts of `body` written out, all else as it is.

    A text that cannot be written for this customer is empty: the other system says what it misses.
    """
    if isinstance(body, Mapping):
        return {str(key): written_body(value, values, zone=zone) for key, value in body.items()}
    if isinstance(body, (list, tuple)):
        return [written_body(value, values, zone=zone) for value in body]
    if not isinstance(body, str):
        return body
    try:
        return render(body, values, language="en", zone=zone)
    except ValueError:
        return ""


def fault_in(text: str) -> str:
    """Return what is wrong with a template ("" when it can be read)."""
    try:
        template = _template(text, "fi", "Europe/Helsinki")
        unknown = sorted(template.analyze().filters.keys() - template.env.filters.keys())
    except LiquidError as fault:
        return " ".join(str(fault).split())
    return f"there is no filter {', '.join(unknown)}" if unknown else ""
