"""A person's tasks as a calendar (RFC 5545): each a quarter of an hour that ends when it is due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from icalendar import Calendar, Event

from keskio.respond.models import Task

LENGTH = timedelta(minutes=15)
PRODUCT = "-//Keskio//Tasks//EN"


def calendar_of(
    tasks: Sequence[Task], names: Mapping[int, str], *, title: str, host: str, now: datetime
) -> bytes:
    """Return `tasks`, all of which have a time, as a calendar called `title`.

    `names` are the customers' names by task; `host` makes the events' ids the world's own.
    """
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", title)
    for task in tasks:
        assert task.due_at is not None
        event = Event()
        name = names.get(task.pk, "")
        event.add("uid", f"task-{task.pk}@{host}")
        event.add("dtstamp", now)
        event.add("dtstart", task.due_at - LENGTH)
        event.add("dtend", task.due_at)
        event.add("summary", f"{task} – {name}" if name else str(task))
        calendar.add_component(event)
    return bytes(calendar.to_ical())
