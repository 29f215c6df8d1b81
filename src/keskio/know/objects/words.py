"""What people call kinds, fields and values: the company's titles, else words of the language."""

from __future__ import annotations

from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from keskio.know.objects.contracts import DATE, TIME, Field
from keskio.know.objects.shipped import CHOICES, FIELDS, TITLES


def kind_called(key: str, title: str = "") -> str:
    """Return what people call a kind."""
    return title or str(TITLES.get(key, key.replace("_", " ").capitalize()))


def called(field: Field) -> str:
    """Return what people call a field."""
    return field.title or str(FIELDS.get(field.name, field.name))


def choice_called(value: str) -> str:
    """Return what people call a choice."""
    return str(CHOICES.get(value, value))


def shown(field: Field | None, value: Any) -> str:
    """Return a value as a page shows it."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if field is not None and field.type == TIME:
        at = parse_datetime(str(value))
        return date_format(localtime(at), "SHORT_DATETIME_FORMAT") if at else str(value)
    if field is not None and field.type == DATE:
        at = parse_datetime(f"{value}T00:00:00")
        return date_format(at, "SHORT_DATE_FORMAT") if at else str(value)
    if field is not None and field.choices:
        return choice_called(str(value))
    return str(value)
