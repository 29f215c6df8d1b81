"""Targets and calendars as they are saved; open cases then follow them, some at a time."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from keskio.respond.inbox.actions import retarget
from keskio.respond.inbox.calendars import READY_CALENDAR, READY_WEEK
from keskio.respond.inbox.contracts import ACTIVE, ASLEEP
from keskio.respond.inbox.models import Calendar, Case, Target

AT_ONCE = 100


def save_target(target: Target | None, **values: Any) -> Target:
    """Make a target, or change one."""
    row = target or Target(position=Target.objects.count())
    for name, value in values.items():
        setattr(row, name, value)
    row.save()
    follow_soon()
    return row


def save_calendar(calendar: Calendar | None, **values: Any) -> Calendar:
    """Make a calendar, or change one."""
    row = calendar or Calendar()
    for name, value in values.items():
        setattr(row, name, value)
    row.save()
    follow_soon()
    return row


def ready_calendar() -> Calendar:
    """Return the ready calendar, so that targets have one to be counted by."""
    titles = {"fi": "Toimistoaika", "en": "Office hours"}
    row, _ = Calendar.objects.get_or_create(
        key=READY_CALENDAR, defaults={"title": titles, "weekly": READY_WEEK}
    )
    return row


def drop_calendar_or_target(row: Target | Calendar) -> None:
    """Delete it. Raises ProtectedError for a calendar that a target is counted by."""
    row.delete()
    follow_soon()


def follow_soon() -> None:
    """Let all cases that are open follow the targets as they are now."""
    transaction.on_commit(follow)


def follow() -> int:
    """Do so, a hundred cases a transaction; return how many there were."""
    last, count = 0, 0
    while True:
        open_ones = Case.objects.filter(place__in=(ACTIVE, ASLEEP), pk__gt=last).order_by("pk")
        found = list(open_ones.values_list("pk", flat=True)[:AT_ONCE])
        if not found:
            return count
        retarget(found)
        last, count = found[-1], count + len(found)
