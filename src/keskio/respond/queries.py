"""Reads of the room: tasks to do, and how many."""

from __future__ import annotations

from collections.abc import Collection

import msgspec
from django.db.models import Count, F, Q, QuerySet

from keskio.kernel.clock import now
from keskio.respond.contracts import OPEN
from keskio.respond.models import Task


class TaskCounts(msgspec.Struct, frozen=True):
    """How many tasks wait: all that are open, those past their time, and those of one person."""

    open: int
    late: int
    mine: int


def tasks_in(*, state: str, queues: Collection[str] = (), assignee: str = "") -> QuerySet[Task]:
    """Return tasks: the open ones by the time they are due, the closed ones newest first.

    `state` is open or closed; `queues` and `assignee` narrow the list down.
    """
    tasks = Task.objects.all()
    if queues:
        tasks = tasks.filter(queue__in=queues)
    if assignee:
        tasks = tasks.filter(assignee=assignee)
    if state == OPEN:
        return tasks.filter(state=OPEN).order_by(F("due_at").asc(nulls_last=True), "id")
    return tasks.exclude(state=OPEN).order_by("-closed_at", "-id")


def task_counts(assignee: str) -> TaskCounts:
    """Return how many tasks wait, in one query."""
    counted = Task.objects.filter(state=OPEN).aggregate(
        open=Count("id"),
        late=Count("id", filter=Q(due_at__lt=now())),
        mine=Count("id", filter=Q(assignee=assignee)),
    )
    return TaskCounts(**counted)


def open_task_count() -> int:
    """Return how many tasks are open."""
    return Task.objects.filter(state=OPEN).count()


def queue_names() -> list[str]:
    """Return the queues that have open tasks, by name."""
    names = Task.objects.filter(state=OPEN).exclude(queue="").values_list("queue", flat=True)
    return list(names.distinct().order_by("queue"))


def tasks_of(customers: Collection[int], *, limit: int = 20) -> list[Task]:
    """Return the latest tasks about a customer, given every id that she has had."""
    return list(Task.objects.filter(customer_id__in=customers).order_by("-id")[:limit])
