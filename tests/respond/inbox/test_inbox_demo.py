"""The demo's inbox: several channels, some late, and the same when seeded twice."""

from __future__ import annotations

import pytest

from keskio.engine.clocks import met_rate
from keskio.kernel.clock import VirtualClock, now
from keskio.respond.inbox import contracts as c
from keskio.respond.inbox.demo import seed_demo
from keskio.respond.inbox.models import Case, Timing
from keskio.respond.inbox.queries import Wanted, case_counts, page_of_cases

from .conftest import helsinki

pytestmark = pytest.mark.django_db


def test_the_demo_has_work_in_every_channel_and_some_of_it_late(
    clock: VirtualClock, aino: int
) -> None:
    clock.turn_to(helsinki(11, "11:00"))
    seed_demo(now())
    seed_demo(now())
    assert Case.objects.count() == 40
    active = page_of_cases(Wanted()).cases
    assert {case.channel for case in active} == {"email", "sms", "social", "chat", "survey", "call"}
    counts = case_counts("editor")
    assert (counts.all, counts.snoozed) == (len(active), 0)
    assert 1 <= counts.late < counts.all
    assert sum(counts.queues.values()) == counts.all
    dues = [case.sort_at for case in active]
    assert dues == sorted(dues)
    first = Timing.objects.filter(clock="first", stopped_at__isnull=False)
    times = [(one.stopped_at, one.due_at) for one in first]
    verdicts = ["met" if at and due and at <= due else "missed" for at, due in times]
    assert 0.5 < (met_rate(verdicts) or 0) < 1
    assert Case.objects.filter(state=c.WAITING).count() == 2
