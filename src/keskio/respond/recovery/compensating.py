"""Compensations: asked for within a plan's budget, and approved by a second person where the plan says so."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F

from keskio.kernel.clock import from_micros, now, now_micros
from keskio.kernel.errors import Mistake, Refused
from keskio.respond.inbox.models import Case
from keskio.respond.recovery.contracts import (
    APPROVED,
    APPROVED_EVENT,
    ASKED,
    COUNTED,
    PLAIN_ARM,
    REFUSED,
)
from keskio.respond.recovery.models import (
    Compensation,
    PlanRun,
)
from keskio.respond.recovery.models import Plan as PlanRow
from keskio.respond.recovery.noting import note_in_case, tell_of
from keskio.respond.recovery.queries import (
    compensated_since,
    month_of,
    plan_of,
    spent_in,
)

TWICE, ABOVE = "twice_in_12_months", "above_the_sum"


class OverBudget(Refused):
    """The plan's budget of this month does not reach to this compensation."""

    code = "over_budget"


class AlreadyCompensated(Refused):
    """This case has had as many compensations as its plan allows."""

    code = "already_compensated"


class NoCompensation(Mistake):
    """The plan of this case compensates nothing."""

    code = "no_compensation"


class NobodyKnown(Refused):
    """Nobody knows yet who this customer is: link the case to a customer before you offer something."""

    code = "nobody_known"


class NotBySameHands(Refused):
    """Who has asked for a compensation cannot approve it: another administrator must."""

    code = "not_by_same_hands"


class NotWaiting(Mistake):
    """This compensation no longer waits for that."""

    code = "not_waiting"


def ask_compensation(run: PlanRun, *, by: str) -> Compensation:
    """Ask for the plan's compensation for a case; it is approved at once unless a second person must agree.

    Raises NoCompensation, NobodyKnown, AlreadyCompensated and OverBudget.
    """
    plan = plan_of(run.plan, run.version)
    if plan.compensation is None or run.arm == PLAIN_ARM:
        raise NoCompensation
    case = Case.objects.get(pk=run.case_id)
    customer = case.customer_id
    if not customer:
        raise NobodyKnown
    at = now_micros()
    paid = plan.compensation
    with transaction.atomic():
        # Whoever else wants from this budget waits here.
        PlanRow.objects.filter(key=run.plan).update(turn=F("turn") + 1)
        held = Compensation.objects.filter(run=run, state__in=(*COUNTED, ASKED)).count()
        if held >= paid.per_case:
            raise AlreadyCompensated
        month = month_of(from_micros(at))
        if spent_in(run.plan, month) + paid.cents > paid.month:
            raise OverBudget
        why = []
        last = compensated_since(customer, at)
        if last is not None:
            why.append([TWICE, last.isoformat()])
        if paid.approval_above is not None and paid.cents > paid.approval_above:
            why.append([ABOVE, str(paid.approval_above)])
        made = Compensation.objects.create(
            run=run,
            case_id=run.case_id,
            customer_id=customer,
            plan=run.plan,
            month=month,
            cents=paid.cents,
            offer=paid.offer,
            state=ASKED if why else APPROVED,
            why_approval=why,
            asked_at=from_micros(at),
            asked_by=by[:150],
        )
        if why:
            note_in_case(run, "compensation_asked", by=by, compensation=made.pk)
    return made


def approve(pk: int, *, by: str) -> Compensation:
    """Approve a compensation that waits, by another person than who asked for it.

    The budget is looked at again. Raises NotWaiting, NotBySameHands and OverBudget.
    """
    with transaction.atomic():
        found = waiting_compensation(pk, ASKED)
        if found.asked_by == by:
            raise NotBySameHands
        PlanRow.objects.filter(key=found.plan).update(turn=F("turn") + 1)
        plan = plan_of(found.plan, found.run.version)
        month = month_of(now())
        assert plan.compensation is not None
        if spent_in(found.plan, month) + found.cents > plan.compensation.month:
            raise OverBudget
        found.state, found.month = APPROVED, month
        found.decided_at, found.decided_by = now(), by
        found.save(update_fields=["state", "month", "decided_at", "decided_by"])
        tell_of(found.run, APPROVED_EVENT, now_micros(), compensation=found.pk, by=by)
        note_in_case(found.run, "compensation_approved", by=by, compensation=found.pk)
    return found


def refuse(pk: int, *, by: str) -> Compensation:
    """Refuse a compensation that waits for approval. Raises NotWaiting, NotBySameHands."""
    with transaction.atomic():
        found = waiting_compensation(pk, ASKED)
        if found.asked_by == by:
            raise NotBySameHands
        found.state, found.decided_at, found.decided_by = REFUSED, now(), by
        found.save(update_fields=["state", "decided_at", "decided_by"])
        note_in_case(found.run, "compensation_refused", by=by, compensation=found.pk)
    return found


def waiting_compensation(pk: int, *states: str) -> Compensation:
    """Return a compensation held for the transaction; raises NotWaiting where it is in none of `states`."""
    found = Compensation.objects.select_for_update().filter(pk=pk, state__in=states).first()
    if found is None:
        raise NotWaiting
    return found
