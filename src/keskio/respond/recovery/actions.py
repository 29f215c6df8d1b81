"""Writes of the wing: plans are saved, cases put right by them, compensations asked for and offered.

A compensation is offered in private only, within the budget of its plan and month, at most so many times
a case; and not twice to one person in 12 months, nor above the plan's sum, without a second person's word.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.db import IntegrityError, transaction
from django.db.models import F

from keskio.engine.draws import position_of
from keskio.engine.recovering import ANSWERS, Finding, Plan, Step
from keskio.engine.times import add
from keskio.events.api import append_events
from keskio.events.contracts import NewEvent
from keskio.jobs.api import wake
from keskio.kernel.clock import Micros, from_micros, now, now_micros
from keskio.kernel.errors import Mistake, Refused
from keskio.respond.inbox import actions as cases
from keskio.respond.inbox import contracts as inbox
from keskio.respond.inbox.models import Case
from keskio.respond.recovery.choosing import kind_of, plan_for
from keskio.respond.recovery.contracts import (
    APPROVED,
    APPROVED_EVENT,
    ASKED,
    BEGUN_EVENT,
    COUNTED,
    CUSTOMER_KINDS,
    DONE,
    ENDED,
    ENDED_EVENT,
    PLAIN_ARM,
    PLAN_ARM,
    REFUSED,
    RUNNING,
    SKIPPED,
    WAITING,
)
from keskio.respond.recovery.documents import read_kinds, read_text, ready_texts
from keskio.respond.recovery.models import (
    Compensation,
    KindRules,
    PlanRun,
    PlanVersion,
    RunStep,
)
from keskio.respond.recovery.models import Plan as PlanRow
from keskio.respond.recovery.queries import (
    NoSuchPlan,
    compensated_since,
    month_of,
    plan_of,
    spent_in,
)
from keskio.talk.api import calendar_for

ZONE = "Europe/Helsinki"
TWICE, ABOVE = "twice_in_12_months", "above_the_sum"
_encode = msgspec.json.Encoder().encode


class Unusable(Mistake):
    """The plan cannot be used as it is written: mend what is named."""

    code = "plan_unusable"

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__()
        self.findings = tuple(findings)


class KeyTaken(Mistake):
    """There is a recovery plan with this key already."""

    code = "plan_key_taken"


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


def save_plan(text: str, *, by: str, key: str = "") -> Plan:
    """Save a plan's text as its next version, in force from now on; cases under way keep theirs.

    `key`: of the plan that is changed; without it, a new one is made. The same text again makes no
    version. Raises Unusable, KeyTaken, and Mistake when the key of a plan is changed.
    """
    plan, findings = read_text(text)
    if plan is None:
        raise Unusable(findings)
    if key and plan.key != key:
        raise Mistake("The key of a plan stays: make a new plan for another key.")
    with transaction.atomic():
        row = PlanRow.objects.select_for_update().filter(key=plan.key).first()
        if row is not None and not key:
            raise KeyTaken
        if row is None:
            row = PlanRow.objects.create(key=plan.key, version=1)
            number = 1
        else:
            if PlanVersion.objects.filter(plan=row, number=row.version, text=text).exists():
                return plan
            number = row.version + 1
        PlanVersion.objects.create(plan=row, number=number, text=text, made_at=now(), made_by=by)
        PlanRow.objects.filter(pk=row.pk).update(version=number)
    return plan


def switch_plan(key: str, *, on: bool) -> bool:
    """Let new cases get a plan, or no longer; those under way go on. False for no such plan."""
    return bool(PlanRow.objects.filter(key=key).update(is_on=on))


def save_ready_plans(*, by: str) -> list[str]:
    """Save the plans that ship with the product, where there is none of their key; return those keys."""
    there = set(PlanRow.objects.values_list("key", flat=True))
    fresh = {key: text for key, text in ready_texts().items() if key not in there}
    for text in fresh.values():
        save_plan(text, by=by)
    return list(fresh)


def save_kinds(text: str, *, by: str) -> None:
    """Put rules of kinds of customers in force. Raises Unusable."""
    kinds, findings = read_kinds(text)
    if kinds is None:
        raise Unusable(findings)
    KindRules.objects.create(text=text, changed_at=now(), changed_by=by)


def begin(case: Case, *, by: str = "", kind: str = "", at: Micros | None = None) -> PlanRun | None:
    """Begin to put a case right by the plan that fits it; None when none does.

    Once for each case: the run that is there is returned. `kind`: what a person says of the customer,
    else the rules do. A share of the cases is drawn to be handled without the plan, to compare with.
    """
    there = PlanRun.objects.filter(case_id=case.pk).first()
    if there is not None:
        return there
    moment = now_micros() if at is None else at
    found_kind = kind or kind_of(case, moment)
    plan, version, why = plan_for(case, found_kind, moment)
    if plan is None:
        return None
    who = f"customer:{case.customer_id}" if case.customer_id else f"case:{case.pk}"
    is_plain = position_of(f"recovery/{plan.key}", who) < plan.compare
    calendar = calendar_for("FI")
    within = plan.respond_within
    respond_by = None if within is None else within.after(moment, ZONE, calendar)
    run = PlanRun(
        case_id=case.pk,
        customer_id=case.customer_id,
        plan=plan.key,
        version=version,
        arm=PLAIN_ARM if is_plain else PLAN_ARM,
        kind=found_kind,
        severity=case.severity,
        theme=str(case.themes[0]) if case.themes else "",
        channel=case.channel,
        language=case.language or "fi",
        why=[[one.condition, one.wanted, one.found] for one in why],
        begun_at=from_micros(moment),
        begun_by=by,
        respond_by=None if respond_by is None else from_micros(respond_by),
    )
    try:
        with transaction.atomic():
            run.save(force_insert=True)
            if not is_plain:
                RunStep.objects.bulk_create(
                    _row(run, place, step, moment) for place, step in enumerate(plan.steps)
                )
            tell_of(run, BEGUN_EVENT, moment, arm=run.arm)
            note_in_case(run, "recovery_begun", plan=plan.key, kind=found_kind)
            transaction.on_commit(wake)
    except IntegrityError:  # another worker was quicker
        return PlanRun.objects.get(case_id=case.pk)
    return run


def _row(run: PlanRun, place: int, step: Step, at: Micros) -> RunStep:
    due = None if step.within is None else step.within.after(at, ZONE, calendar_for("FI"))
    return RunStep(
        run=run,
        place=place,
        key=step.key,
        kind=step.kind,
        due_at=None if due is None else from_micros(due),
    )


def choose_again(case: Case, *, kind: str, by: str) -> PlanRun | None:
    """Choose the plan anew for what a person says of the customer, while no step has been done.

    Raises NotWaiting when something has been done already, and Mistake for a strange kind.
    """
    if kind not in CUSTOMER_KINDS:
        raise Mistake(f"A kind of customer is one of {', '.join(CUSTOMER_KINDS)}.")
    with transaction.atomic():
        run = PlanRun.objects.select_for_update().filter(case_id=case.pk).first()
        if run is not None:
            begun = run.steps.filter(state=DONE).exists() or run.compensations.exists()
            if begun or run.state != RUNNING:
                raise NotWaiting("Something has been done by the plan already: it stays.")
            run.delete()
        return begin(case, by=by, kind=kind)


def tick(run: PlanRun, key: str, *, by: str, note: str = "", skip: bool = False) -> bool:
    """Record that a step was done, or passed over with a reason. False when it no longer waits."""
    state = SKIPPED if skip else DONE
    with transaction.atomic():
        done = RunStep.objects.filter(run=run, key=key, state=WAITING).update(
            state=state, done_at=now(), done_by=by[:150], note=note
        )
        if done:
            note_in_case(run, "recovery_step", by=by, step=key, state=state)
    return bool(done)


def tick_next(
    run: PlanRun, kinds: frozenset[str], *, by: str, at: Micros, number: int
) -> RunStep | None:
    """Tick the first step of these kinds that waits, by the answer `number`; None when none does."""
    step = run.steps.filter(state=WAITING, kind__in=kinds).order_by("place").first()
    if step is not None:
        RunStep.objects.filter(pk=step.pk).update(
            state=DONE, done_at=from_micros(at), done_by=by[:150], note=f"#{number}"
        )
    return step


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
        found = _waiting(pk, ASKED)
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
        found = _waiting(pk, ASKED)
        if found.asked_by == by:
            raise NotBySameHands
        found.state, found.decided_at, found.decided_by = REFUSED, now(), by
        found.save(update_fields=["state", "decided_at", "decided_by"])
        note_in_case(found.run, "compensation_refused", by=by, compensation=found.pk)
    return found


def _waiting(pk: int, *states: str) -> Compensation:
    found = Compensation.objects.select_for_update().filter(pk=pk, state__in=states).first()
    if found is None:
        raise NotWaiting
    return found


def end(run: PlanRun, *, at: Micros, by: str = "") -> bool:
    """End a run whose case has been closed: what was not done is passed over. False when it was over."""
    with transaction.atomic():
        steps = list(RunStep.objects.filter(run=run))
        # whether it was put right is asked afterwards: that is not left undone
        left = [step.pk for step in steps if step.state == WAITING and step.kind != "survey"]
        outcome = "left_undone" if left else "done"
        if run.arm == PLAIN_ARM:
            outcome = "without_plan"
        done = PlanRun.objects.filter(pk=run.pk, state=RUNNING).update(
            state=ENDED,
            ended_at=from_micros(at),
            outcome=outcome,
            follow_up_at=follow_up_of(run, at),
        )
        if not done:
            return False
        RunStep.objects.filter(pk__in=left).update(state=SKIPPED, done_at=from_micros(at))
        paid = Compensation.objects.filter(run=run, state__in=COUNTED)
        tell_of(
            run,
            ENDED_EVENT,
            at,
            outcome=outcome,
            arm=run.arm,
            compensated=paid.exists(),
            by=by,
        )
    return True


def follow_up_of(run: PlanRun, closed_at: Micros) -> datetime | None:
    """Return when it is asked whether a case closed then was put right; None where its plan says nothing."""
    try:
        span = plan_of(run.plan, run.version).follow_up
    except NoSuchPlan:
        return None
    return None if span is None else from_micros(add(closed_at, span, ZONE))


def reopened(run: PlanRun) -> bool:
    """Go on with a run whose case was opened again; what was passed over waits again."""
    with transaction.atomic():
        back = PlanRun.objects.filter(pk=run.pk, state=ENDED).update(
            state=RUNNING, ended_at=None, outcome="", follow_up_at=None
        )
        if back:
            RunStep.objects.filter(run=run, state=SKIPPED, done_by="").update(
                state=WAITING, done_at=None
            )
    return bool(back)


def is_answer(step: RunStep) -> bool:
    """Tell whether a step is an answer to the customer."""
    return step.kind in ANSWERS


def tell_of(run: PlanRun, name: str, at: Micros, **more: Any) -> None:
    """Tell the log what happened to a run."""
    told = {
        "case": run.case_id,
        "run": run.pk,
        "plan": run.plan,
        "version": run.version,
        "kind": run.kind,
        "severity": run.severity,
        "theme": run.theme,
        "channel": run.channel,
        "language": run.language,
        **more,
    }
    body = _encode({"properties": told}).decode()
    append_events([NewEvent(run.customer_id, name, at, body)])


def note_in_case(run: PlanRun, what: str, *, by: str = "", **told: Any) -> None:
    """Put what was done into the case's thread."""
    cases.add_entry(
        run.case_id,
        kind=inbox.EVENT,
        author=inbox.AGENT if by else inbox.BOT,
        by=by,
        what=what,
        told={"run": run.pk, **told},
    )
