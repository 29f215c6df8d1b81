"""The plan of a case, drawn beside its thread."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import get_language

from keskio.engine.recovering import Plan, text_of
from keskio.kernel.clock import now
from keskio.kernel.i18n import in_language
from keskio.respond.inbox.contracts import SOCIAL
from keskio.respond.inbox.models import Case
from keskio.respond.recovery.contracts import (
    APPROVED,
    ASKED,
    COUNTED,
    OFFERED,
    PLAIN_ARM,
    RUNNING,
)
from keskio.respond.recovery.models import Compensation, PlanRun, RunStep
from keskio.respond.recovery.queries import NoSuchPlan, month_of, plan_of, run_of, spent_in
from keskio.respond.recovery.words import kind_in_words, kinds_in_words, why_in_words


class StepNow(msgspec.Struct, frozen=True):
    """One step as the card shows it: its words here, and ready texts in the customer's language."""

    row: RunStep
    title: str
    public: str
    private: str


def draw_plan(request: HttpRequest, case: Case) -> str:
    """Draw how a case is put right: why this plan, its steps with ready texts, its compensation.

    Begin it inside a card. Where no plan fits it says so.
    """
    return render_to_string("recovery/_plan.html", card_of(case), request)


def card_of(case: Case) -> dict[str, Any]:
    """Return what the card of a case's plan needs."""
    run = run_of(case.pk)
    context: dict[str, Any] = {"case": case, "run": run, "kinds": kinds_in_words()}
    if run is None:
        return context
    try:
        plan: Plan | None = plan_of(run.plan, run.version)
    except NoSuchPlan:
        plan = None
    shown = get_language() or "fi"
    compensations = list(run.compensations.order_by("pk"))
    return context | {
        "plan": plan,
        "title": in_language(plan.title, shown) if plan else run.plan,
        "tone": in_language(plan.tone, shown) if plan else "",
        "kind": kind_in_words(run.kind),
        "why": why_in_words(run),
        "steps": _steps(run, plan, case, shown),
        "is_plain": run.arm == PLAIN_ARM,
        "is_running": run.state == RUNNING,
        "compensations": compensations,
        "may_ask": _may_ask(run, plan, compensations),
        "paid": in_language(plan.compensation.title, shown) if plan and plan.compensation else "",
        "left": _left(run, plan),
        "to_offer": [one for one in compensations if one.state == APPROVED],
        "offered": [one for one in compensations if one.state == OFFERED],
        "asked": [one for one in compensations if one.state == ASKED],
    }


def _steps(run: PlanRun, plan: Plan | None, case: Case, shown: str) -> list[StepNow]:
    known = {step.key: step for step in plan.steps} if plan else {}
    language = case.language or run.language or "fi"
    found = []
    for row in run.steps.order_by("place"):
        step = known.get(row.key)
        if step is None:
            found.append(StepNow(row, row.key, "", ""))
            continue
        public = text_of(step, language, public=True) if case.channel == SOCIAL else ""
        private = text_of(step, language, public=False)
        found.append(StepNow(row, in_language(step.title, shown), public, private))
    return found


def _may_ask(run: PlanRun, plan: Plan | None, there: Sequence[Compensation]) -> bool:
    if plan is None or plan.compensation is None or run.arm == PLAIN_ARM or run.state != RUNNING:
        return False
    held = [one for one in there if one.state in (*COUNTED, ASKED)]
    return len(held) < plan.compensation.per_case


def _left(run: PlanRun, plan: Plan | None) -> float:
    """Return the euros that are left of this month's budget."""
    if plan is None or plan.compensation is None:
        return 0.0
    return max(0, plan.compensation.month - spent_in(run.plan, month_of(now()))) / 100
