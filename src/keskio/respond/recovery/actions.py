"""Writes of the wing: plans are saved, cases put right by them, compensations asked for and offered.

A compensation is offered in private only, within the budget of its plan and month, at most so many times
a case; and not twice to one person in 12 months, nor above the plan's sum, without a second person's word.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from keskio.engine.draws import position_of
from keskio.engine.recovering import ANSWERS, Finding, Plan, Step
from keskio.engine.times import add
from keskio.jobs.api import wake
from keskio.kernel.clock import Micros, from_micros, now, now_micros
from keskio.kernel.errors import Mistake
from keskio.respond.inbox.models import Case
from keskio.respond.recovery.choosing import kind_of, plan_for
from keskio.respond.recovery.compensating import NotWaiting
from keskio.respond.recovery.contracts import (
    BEGUN_EVENT,
    COUNTED,
    CUSTOMER_KINDS,
    DONE,
    ENDED,
    ENDED_EVENT,
    PLAIN_ARM,
    PLAN_ARM,
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
from keskio.respond.recovery.noting import note_in_case, tell_of
from keskio.respond.recovery.queries import (
    NoSuchPlan,
    plan_of,
)
from keskio.talk.api import calendar_for

ZONE = "Europe/Helsinki"


class Unusable(Mistake):
    """The plan cannot be used as it is written: mend what is named."""

    code = "plan_unusable"

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__()
        self.findings = tuple(findings)


class KeyTaken(Mistake):
    """There is a recovery plan with this key already."""

    code = "plan_key_taken"


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
