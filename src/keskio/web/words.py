"""What pages of every room call languages and months, which are stored as codes."""

from __future__ import annotations

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import get_language_info


def language_called(code: str) -> str:
    """Return the name of a language in the reader's language: fi is Finnish. An unknown code is its name."""
    try:
        return str(get_language_info(code)["name_translated"]) if code else ""
    except KeyError:
        return code


def month_called(month: str) -> str:
    """Return a month stored as 2026-09 with its name and year; what is no month as it is."""
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError:
        return month
    return date_format(first, "YEAR_MONTH_FORMAT")
