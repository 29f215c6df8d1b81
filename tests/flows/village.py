"""A world for cases that need more than the runner: catalogues, friends, tasks for people, stages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
from django.db import transaction

from keskio.events.api import append_events
from keskio.events.contracts import NewEvent
from keskio.jobs.contracts import Job
from keskio.kernel.clock import VirtualClock
from keskio.kernel.sql import fetch
from keskio.know.segments.following import SegmentFollower
from keskio.respond.api import TaskFollower, complete_task
from keskio.respond.handlers import follow
from keskio.respond.models import Task
from keskio.talk.circles import FriendsFollower
from keskio.talk.fanning import FanOuts
from tests.talk.world import World

FALLS_DUE = (
    "SELECT min(due_at) FROM talk_enrolment WHERE due_at <= %s",
    "SELECT min(launches_at) FROM talk_version WHERE launched_at IS NULL AND launches_at <= %s",
    "SELECT min(starts_at) FROM talk_fanout WHERE ended_at IS NULL AND starts_at <= %s",
)


class Village(World):
    """The company with its catalogue, its circles of friends, and people who do tasks."""

    def __init__(self, clock: VirtualClock, *, stages: bool = False) -> None:
        super().__init__(clock)
        self.others: list[Job] = [FanOuts(size=500), FriendsFollower(), TaskFollower(follow)]
        if stages:
            self.others.append(SegmentFollower())

    def run(self) -> None:
        """Let all jobs work until there is nothing left at this moment."""
        for _ in range(100):
            super().run()
            more = [job.turn(self.clock.micros()) for job in self.others]
            if not any(more):
                return
        raise AssertionError("the village does not come to rest")

    def wait(self, **span: float) -> None:
        """Let time go by, and settle whenever something falls due."""
        end = self.clock.micros() + timedelta(**span) // timedelta(microseconds=1)
        self.settle()
        while moments := [row[0] for sql in FALLS_DUE for row in fetch(sql, (end,)) if row[0]]:
            self.clock.turn_to(max(self.clock.micros(), min(moments)))
            self.settle()
        self.clock.turn_to(end)
        self.settle()

    def announce(self, event: str, **properties: Any) -> None:
        """Let a source tell of something that is about nobody: a product, a match."""
        now = self.clock.micros()
        body = msgspec.json.encode({"properties": properties}).decode()
        with transaction.atomic():
            append_events([NewEvent(0, event, now, body, received_at=now)])

    def events_with_times(self, name: str, event: str) -> list[dict[str, int]]:
        """Return when a customer's events of a name happened, as {"at": microseconds}."""
        sql = (
            "SELECT occurred_at FROM events_event WHERE customer_id = %s AND name = %s ORDER BY id"
        )
        return [{"at": row[0]} for row in fetch(sql, (self.people[name], event))]

    def tasks_of(self, name: str, *, state: str = "open") -> list[Task]:
        """Return a customer's tasks in a state, in the order in which they were given."""
        found = Task.objects.filter(customer_id=self.people[name], state=state)
        return list(found.order_by("given_at", "pk"))

    def do(self, name: str, result: str = "") -> None:
        """Let a person do the one task that is open for a customer, with a result of its own."""
        (task,) = self.tasks_of(name)
        assert complete_task(task.pk, actor="webcare", result=result)
        self.settle()
