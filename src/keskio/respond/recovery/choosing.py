"""Which kind of customer a case is of, and which plan it gets: gathered here, decided by the engine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keskio.engine.conditions import OF_CUSTOMERS, compile_condition, needs_of, read_condition
from keskio.engine.recovering import About, Ground, Plan, choose
from keskio.kernel.clock import Micros
from keskio.know.api import subjects_of
from keskio.listen.api import texts_of_mentions
from keskio.respond.inbox.models import Case
from keskio.respond.recovery.contracts import MADE_UP, OCCASIONAL, REGULAR, UNKNOWN
from keskio.respond.recovery.queries import kinds_in_force, plans_in_force

MENTION = "mention"


def kind_of(case: Case, now: Micros) -> str:
    """Return the kind of customer: made up where the mention's likely motive is that, else by the rules."""
    if case.source_kind == MENTION and case.source_ref.isdigit():
        number = int(case.source_ref)
        told = texts_of_mentions([number]).get(number)
        if told is not None and told.motive == MADE_UP:
            return MADE_UP
    if not case.customer_id:
        return UNKNOWN
    regular = kinds_in_force().regular
    return REGULAR if _holds(regular, case.customer_id, now) else OCCASIONAL


def plan_for(case: Case, kind: str, now: Micros) -> tuple[Plan | None, int, list[Ground]]:
    """Return the plan for a case with its version, and why; (None, 0, []) when none fits."""
    versions = {plan.key: row.version for row, plan in plans_in_force()}
    plans = [plan for _, plan in plans_in_force()]

    def who_holds(plan: Plan) -> bool:
        wanted: Mapping[str, Any] | None = plan.when.who
        if wanted is None or not case.customer_id:
            return wanted is None
        return _holds(read_condition(wanted, words=OF_CUSTOMERS), case.customer_id, now)

    about = About(
        customer=kind,
        severity=case.severity,
        kind=case.kind,
        themes=tuple(str(theme) for theme in case.themes),
        channel=case.channel,
    )
    plan, why = choose(plans, about, who_holds)
    return plan, versions[plan.key] if plan else 0, why


def _holds(form: Any, customer: int, now: Micros) -> bool:
    subject = subjects_of([customer], needs_of(form), now=now).get(customer)
    return subject is not None and compile_condition(form)(subject)
