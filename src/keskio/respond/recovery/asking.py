"""When the time of a plan's `follow_up` comes: it is asked whether the matter was put right.

The log is told (`recovery.follow_up`), by which a dialogue such as `was-it-put-right` begins; where no live
dialogue waits for it, a person of the case's queue gets a task to ask, whose result is the answer. Once for
each time that a case is closed, whatever is killed: the time stands in the run's own row, and goes from it in
the transaction that does this. A case that is opened again is not asked about until it is closed anew.
"""

from __future__ import annotations

from django.db import transaction

from keskio.engine.recovering import Within
from keskio.engine.times import HOUR
from keskio.kernel.clock import Micros, from_micros, to_micros
from keskio.respond.assigning import assign
from keskio.respond.inbox.models import Case
from keskio.respond.models import Task
from keskio.respond.recovery.actions import ZONE
from keskio.respond.recovery.contracts import ENDED, ENDED_EVENT, FOLLOW_UP_EVENT
from keskio.respond.recovery.models import PlanRun
from keskio.respond.recovery.noting import note_in_case, tell_of
from keskio.talk.api import calendar_for, is_awaited

FOLLOW_UPS = -(10**15)
"""What tasks of asking have in the place of an enrolment; the visit is the run."""
RESULTS = {"put-right": 1.0, "partly": 0.5, "not-put-right": 0.0}
"""What comes of asking, and how far it was put right."""
TITLE = {"fi": "Kysy, tuliko asia kuntoon", "en": "Ask whether the matter was put right"}
TIME = Within(working=8 * HOUR)


def ask(now: Micros, *, limit: int) -> int:
    """Ask about up to `limit` cases whose time has come; return how many there were."""
    with transaction.atomic():
        due = PlanRun.objects.select_for_update().filter(
            state=ENDED, follow_up_at__lte=from_micros(now)
        )
        runs = list(due.order_by("follow_up_at", "pk")[:limit])
        if not runs:
            return 0
        PlanRun.objects.filter(pk__in=[run.pk for run in runs]).update(follow_up_at=None)
        # Dialogues written before this event wait themselves from the end of a recovery.
        is_asked = is_awaited(FOLLOW_UP_EVENT) or is_awaited(ENDED_EVENT)
        cases = Case.objects.in_bulk([run.case_id for run in runs])
        tasks = []
        for run in runs:
            if run.customer_id:
                at = to_micros(run.follow_up_at or from_micros(now))
                tell_of(run, FOLLOW_UP_EVENT, at, arm=run.arm, outcome=run.outcome)
            if run.case_id in cases and (not is_asked or not run.customer_id):
                note_in_case(run, "recovery_follow_up")
                tasks += [_task(run, cases[run.case_id], now)] if run.customer_id else []
        assign(tasks)
        Task.objects.bulk_create(tasks, ignore_conflicts=True)
    return len(runs)


def _task(run: PlanRun, case: Case, now: Micros) -> Task:
    # Closed, opened and closed again is asked again: the moment tells the times apart.
    return Task(
        title=TITLE,
        customer_id=run.customer_id,
        queue=case.queue,
        assignee=case.assignee,
        given_at=from_micros(now),
        due_at=from_micros(TIME.after(now, ZONE, calendar_for("FI"))),
        results=list(RESULTS),
        enrolment=FOLLOW_UPS - run.pk,
        visit=now,
        step="follow-up",
    )
