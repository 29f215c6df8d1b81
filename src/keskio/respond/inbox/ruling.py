"""How the rules of opening and the queues are changed, and who has changed them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from django.db import transaction

from keskio.kernel.clock import now
from keskio.kernel.errors import Mistake
from keskio.respond.inbox.contracts import ACTIVE, ASLEEP, OpeningRules
from keskio.respond.inbox.models import Case, Queue, Rules


class QueueInUse(Mistake):
    """Open cases stand in this queue, or another queue hands over to it: move them first."""

    code = "queue_in_use"


class Dated(msgspec.Struct, frozen=True):
    """Rules with when and by whom they were put in force; None: as the installation began."""

    rules: OpeningRules
    at: datetime | None
    by: str


def rules_of_time(limit: int = 20) -> list[Dated]:
    """Return the rules, the newest first; the last are those that the installation began with."""
    found = [
        Dated(msgspec.convert(row.document, OpeningRules), row.changed_at, row.changed_by)
        for row in Rules.objects.order_by("-pk")[:limit]
    ]
    return [*found, Dated(OpeningRules(), None, "")][:limit]


def change_rules(rules: OpeningRules, *, by: str) -> bool:
    """Put rules in force, for what is heard from now on; False when they are so already."""
    if rules == rules_of_time(1)[0].rules:
        return False
    Rules.objects.create(document=msgspec.to_builtins(rules), changed_at=now(), changed_by=by)
    return True


def save_queue(queue: Queue | None, *, by: str, **values: Any) -> Queue:
    """Make a queue, or change one; cases that stand in it stay."""
    row = queue or Queue()
    for name, value in {**values, "changed_at": now(), "changed_by": by}.items():
        setattr(row, name, value)
    row.save()
    return row


def drop_queue(queue: Queue) -> None:
    """Delete a queue. Raises QueueInUse while open cases stand in it or another hands over to it."""
    with transaction.atomic():
        working = Case.objects.filter(queue=queue.key, place__in=(ACTIVE, ASLEEP))
        if working.exists() or Queue.objects.filter(next_queue=queue.key).exists():
            raise QueueInUse(queue=queue.key)
        queue.delete()
