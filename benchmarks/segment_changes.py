"""What it costs when customers change: the follower of segments in an installation of its own."""

from __future__ import annotations

from django.conf import settings
from django.core.management import call_command
from django.db import transaction

import benchmarks.installation  # noqa: F401 - sets Django up
from benchmarks.machine import cpu_seconds
from keskio.events.api import append_events, last_position, move_cursor
from keskio.events.contracts import NewEvent
from keskio.kernel.clock import now_micros
from keskio.kernel.sql import run_many
from keskio.know.segments.actions import save_segment
from keskio.know.segments.following import CURSOR, NEWCOMERS, SegmentFollower
from keskio.know.segments.models import Membership, Segment

SEGMENTS = (
    "key: recent\nwhen: {event: Order Completed, in: {last: 90 days}}\n",
    "key: regular\nwhen: {event: Order Completed, times: {at_least: 2}}\n",
    "key: spenders\nwhen: {event: Order Completed, sum: total, at_least: 100}\n",
    "key: sleeping\nwhen: {event: Order Completed, last: {before: 180 days}}\n",
    "key: both\nwhen: {all: [{segment: recent}, {not: {segment: regular}}]}\n",
)
DAY = 86_400_000_000


def measure(customers: int, changed: int) -> float:
    """Return the CPU seconds that the follower takes for one order of each of `changed` customers.

    Each customer has a past of ten orders. Raises ArithmeticError when not all have come in.
    """
    for alias in settings.DATABASES:
        call_command("migrate", database=alias, verbosity=0)
    now = now_micros()
    run_many(
        "INSERT INTO know_customer (created_at, name, email, phone, language, zone, search, traits,"
        " trait_times, consents) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [(now, f"c{n}", "", "", "", "", "", "{}", "{}", "{}") for n in range(customers)],
    )
    body = '{"properties":{"total":10}}'
    with transaction.atomic():
        append_events(
            [
                NewEvent(1 + n, "Order Completed", now - (200 + past) * DAY, body)
                for n in range(customers)
                for past in range(10)
            ]
        )
        for text in SEGMENTS:
            save_segment(text)
        Segment.objects.update(founded_at=now, next_at=None)
        move_cursor(CURSOR, last_position())
        move_cursor(NEWCOMERS, customers)
        step = customers // changed
        append_events(
            [NewEvent(1 + n * step, "Order Completed", now, body) for n in range(changed)]
        )
    follower, begun = SegmentFollower(), cpu_seconds()
    while follower.turn(now):
        pass
    taken = cpu_seconds() - begun
    if (
        Membership.objects.filter(segment_id=Segment.objects.get(key="recent").pk).count()
        != changed
    ):
        raise ArithmeticError("not everyone who bought came into the segment")
    return taken
