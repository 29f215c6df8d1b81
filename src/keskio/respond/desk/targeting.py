"""Targets and calendars as they are saved; the worker then lets open cases follow, some at a time."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from keskio.respond.inbox.calendars import READY_CALENDAR, READY_WEEK
from keskio.respond.inbox.models import Calendar, Target
from keskio.respond.inbox.retargeting import ask_to_retarget


@transaction.atomic
def save_target(target: Target | None, **values: Any) -> Target:
    """Make a target, or change one."""
    row = target or Target(position=Target.objects.count())
    for name, value in values.items():
        setattr(row, name, value)
    row.save()
    ask_to_retarget()
    return row


@transaction.atomic
def save_calendar(calendar: Calendar | None, **values: Any) -> Calendar:
    """Make a calendar, or change one."""
    row = calendar or Calendar()
    for name, value in values.items():
        setattr(row, name, value)
    row.save()
    ask_to_retarget()
    return row


def ready_calendar() -> Calendar:
    """Return the ready calendar, so that targets have one to be counted by."""
    titles = {"fi": "Toimistoaika", "en": "Office hours"}
    row, _ = Calendar.objects.get_or_create(
        key=READY_CALENDAR, defaults={"title": titles, "weekly": READY_WEEK}
    )
    return row


@transaction.atomic
def drop_calendar_or_target(row: Target | Calendar) -> None:
    """Delete it. Raises ProtectedError for a calendar that a target is counted by."""
    row.delete()
    ask_to_retarget()
