"""Customers and events of the wing's tests: written straight, merged and separated by hand."""

from __future__ import annotations

import json
from typing import Any

from django.db import transaction

from keskio.events import api as events
from keskio.events.contracts import NewEvent
from keskio.kernel.clock import now_micros
from keskio.kernel.sql import run
from keskio.know.computed.following import ComputedFollower
from keskio.know.models import Customer

DAY = 24 * 60 * 60 * 1_000_000


def people(count: int) -> list[int]:
    """Make customers and return their numbers."""
    made = [
        Customer.objects.create(created_at=now_micros(), known_at=now_micros())
        for _ in range(count)
    ]
    return [customer.pk for customer in made]


def happen(
    customer: int, name: str, /, *, at: int | None = None, record: int = 0, **said: Any
) -> None:
    """Append an event of a customer."""
    body = json.dumps({"properties": said})
    when = now_micros() if at is None else at
    with transaction.atomic():
        events.append_events([NewEvent(customer, name, when, body, record=record)])


def merge(gone: int, into: int) -> None:
    """Make `gone` and those merged into it the customer `into`."""
    run(
        "UPDATE know_customer SET merged_into_id = %s WHERE id = %s OR merged_into_id = %s",
        (into, gone, gone),
    )
    happen(into, "customer.merged", customer=gone, into=into)


def separate(gone: int, into: int) -> None:
    """Undo a merge."""
    run("UPDATE know_customer SET merged_into_id = NULL WHERE id = %s", (gone,))
    happen(gone, "customer.unmerged", customer=gone, **{"from": into})


def follow() -> None:
    """Give the follower turns until there is nothing left to do."""
    follower = ComputedFollower()
    while follower.turn(now_micros()):
        pass


def traits(*customers: int) -> list[dict[str, Any]]:
    """Return what stands on each customer's row."""
    rows = dict(Customer.objects.values_list("pk", "traits"))
    return [json.loads(rows[customer]) for customer in customers]
