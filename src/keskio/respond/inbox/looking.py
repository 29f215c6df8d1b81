"""The job that looks at cases whose time has come: it warns, hands over, and wakes.

Before a deadline, at the share of the time that the target names, whoever has the case is reminded; once
it has passed, the case goes to the queue's lead or its next queue. Each once for a deadline, also after a
standstill, a jump of the clock or a kill in the middle: what has been done stands in the case's own row,
written in the transaction that did it. When both are overdue, only the hand-over is done.
"""

from __future__ import annotations

from collections.abc import Mapping

from keskio.kernel.clock import Micros, to_micros
from keskio.respond.inbox import contracts as c
from keskio.respond.inbox.actions import come_back
from keskio.respond.inbox.changing import Batch, changing
from keskio.respond.inbox.models import Case, Queue
from keskio.respond.inbox.sharing import give

BATCH = 200


class Lookout:
    """Takes turns at the cases that are to be looked at, earliest first."""

    name = "case deadlines"

    def turn(self, now: Micros) -> bool:
        """Look at one batch; True when there may be more."""
        due = Case.objects.filter(look_at__lte=now).order_by("look_at")
        found = list(due.values_list("pk", flat=True)[:BATCH])
        if not found:
            return False
        queues = {queue.key: queue for queue in Queue.objects.all()}
        with changing(found, now=now) as batch:
            moved = [case for case in batch.cases.values() if look_at(batch, case, queues)]
            give(batch, moved)
        return len(found) == BATCH


def look_at(batch: Batch, case: Case, queues: Mapping[str, Queue]) -> bool:
    """Do what is due about a case; True when it now wants somebody of another queue."""
    if case.look_at is None or to_micros(case.look_at) > batch.now:
        return False  # somebody was quicker
    batch.touch(case)
    if case.state == c.SNOOZED and (_has_slept(case, batch.now) or _is_near(case, batch.now)):
        come_back(batch, case)
    if not _is_near(case, batch.now):
        return False
    assert case.due_at is not None
    if to_micros(case.due_at) >= batch.now:
        _warn(batch, case)
        return False
    return _hand_over(batch, case, queues.get(case.queue))


def _has_slept(case: Case, now: Micros) -> bool:
    return case.snoozed_until is not None and to_micros(case.snoozed_until) <= now


def _is_near(case: Case, now: Micros) -> bool:
    """Tell whether a deadline is to be warned of or has passed, and nothing was done about it."""
    if case.due_at is None or case.is_handed_over:
        return False
    if to_micros(case.due_at) < now:
        return True
    return not case.is_warned and case.warn_at is not None and to_micros(case.warn_at) <= now


def _warn(batch: Batch, case: Case) -> None:
    case.is_warned = True
    told = {"clock": case.due_kind, "due_at": to_micros(case.due_at) if case.due_at else None}
    batch.happening(case, "warned", **told, whom=case.assignee)
    batch.tell(case, c.WARNED, **told)


def _hand_over(batch: Batch, case: Case, queue: Queue | None) -> bool:
    case.is_warned = case.is_handed_over = True
    before = {"queue": case.queue, "assignee": case.assignee}
    if queue is not None:
        case.queue = queue.next_queue or case.queue
        if queue.lead:
            case.assignee = queue.lead
        elif queue.next_queue:
            case.assignee = ""
    told = {"clock": case.due_kind, "before": before}
    after = {"queue": case.queue, "assignee": case.assignee}
    batch.happening(case, "handed_over", **told, after=after)
    batch.tell(case, c.HANDED_OVER, **told)
    return not case.assignee
