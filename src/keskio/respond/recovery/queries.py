"""Reads of the wing: plans in force, budgets, what is under way, and what waits for approval."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
from django.db.models import F, Sum

from keskio.engine.recovering import Plan
from keskio.engine.times import add_months
from keskio.kernel.clock import from_micros
from keskio.kernel.errors import Mistake
from keskio.know.api import same_person_ids
from keskio.respond.recovery.contracts import ASKED, COUNTED, RUNNING
from keskio.respond.recovery.documents import USUAL_KINDS, Kinds, read_kinds, read_text
from keskio.respond.recovery.models import Compensation, KindRules, PlanRun, PlanVersion
from keskio.respond.recovery.models import Plan as PlanRow

ZONE = ZoneInfo("Europe/Helsinki")
MONTHS_BETWEEN = 12


class NoSuchPlan(Mistake):
    """There is no such recovery plan."""

    code = "no_such_plan"


class Standing(msgspec.Struct, frozen=True):
    """A plan with how it stands: cases under way, and cents spent of this month's budget."""

    row: PlanRow
    plan: Plan
    running: int
    begun: int
    spent: int

    @property
    def budget(self) -> int:
        """Cents that may be spent this month; 0 where it compensates nothing."""
        return self.plan.compensation.month if self.plan.compensation else 0

    @property
    def spent_euros(self) -> int:
        """What has been spent, in whole euros."""
        return round(self.spent / 100)

    @property
    def budget_euros(self) -> int:
        """The budget in whole euros."""
        return round(self.budget / 100)


def month_of(at: datetime) -> str:
    """Return the month whose budget pays at an instant, as 2026-03."""
    return f"{at.astimezone(ZONE):%Y-%m}"


def plan_of(key: str, number: int | None = None) -> Plan:
    """Return a plan as it is now, or as its version `number` was. Raises NoSuchPlan."""
    found = PlanVersion.objects.filter(plan__key=key).select_related("plan")
    for version in found:
        if version.number == (version.plan.version if number is None else number):
            plan, _ = read_text(version.text)
            if plan is not None:
                return plan
    raise NoSuchPlan(f"There is no recovery plan {key!r} (version {number}).", plan=key)


def plan_text(key: str) -> str:
    """Return the text of a plan as it is now. Raises NoSuchPlan."""
    found = PlanVersion.objects.filter(plan__key=key, number=F("plan__version"))
    version = found.first()
    if version is None:
        raise NoSuchPlan(f"There is no recovery plan {key!r}.", plan=key)
    return version.text


def plans_in_force(*, also_off: bool = False) -> list[tuple[PlanRow, Plan]]:
    """Return the plans that cases may get, by key; `also_off`: those that are switched off too."""
    rows = {row.pk: row for row in PlanRow.objects.order_by("key") if also_off or row.is_on}
    found = []
    for version in PlanVersion.objects.filter(plan_id__in=rows).order_by("plan__key"):
        row = rows[version.plan_id]
        plan, _ = read_text(version.text) if version.number == row.version else (None, ())
        if plan is not None:
            found.append((row, plan))
    return found


def standings(now: datetime) -> list[Standing]:
    """Return every plan with how it stands. A fixed number of queries."""
    month = month_of(now)
    spent = dict(
        Compensation.objects.filter(month=month, state__in=COUNTED)
        .values_list("plan")
        .annotate(cents=Sum("cents"))
    )
    running: dict[str, int] = {}
    begun: dict[str, int] = {}
    for plan, state in PlanRun.objects.values_list("plan", "state"):
        begun[plan] = begun.get(plan, 0) + 1
        running[plan] = running.get(plan, 0) + (state == RUNNING)
    return [
        Standing(
            row, plan, running.get(row.key, 0), begun.get(row.key, 0), int(spent.get(row.key, 0))
        )
        for row, plan in plans_in_force(also_off=True)
    ]


def spent_in(plan: str, month: str) -> int:
    """Return the cents that compensations of a plan have taken from a month's budget."""
    found = Compensation.objects.filter(plan=plan, month=month, state__in=COUNTED)
    return int(found.aggregate(cents=Sum("cents"))["cents"] or 0)


def compensated_since(customer: int, now: int) -> datetime | None:
    """Return when this person was last compensated in the past 12 months, under any number; None: not."""
    at = from_micros(now)
    since = datetime.combine(add_months(at.date(), -MONTHS_BETWEEN), at.timetz())
    found = Compensation.objects.filter(
        customer_id__in=same_person_ids(customer), state__in=COUNTED, asked_at__gt=since
    )
    return found.order_by("-asked_at").values_list("asked_at", flat=True).first()


def waiting_for_approval() -> list[Compensation]:
    """Return the compensations that a second person must decide, the oldest first."""
    found = Compensation.objects.filter(state=ASKED).select_related("run").order_by("asked_at")
    return list(found)


def approvals_waiting() -> int:
    """Return how many compensations wait for a decision."""
    return Compensation.objects.filter(state=ASKED).count()


def run_of(case: int) -> PlanRun | None:
    """Return how a case is being put right; None where no plan fitted."""
    return PlanRun.objects.filter(case_id=case).first()


def runs_of(customers: Collection[int], *, limit: int = 10) -> list[PlanRun]:
    """Return the latest runs of a customer, given every number that she has had."""
    return list(PlanRun.objects.filter(customer_id__in=customers).order_by("-id")[:limit])


def kinds_text() -> str:
    """Return the rules of kinds in force."""
    row = KindRules.objects.order_by("-id").first()
    return row.text if row is not None else USUAL_KINDS


def kinds_in_force() -> Kinds:
    """Return the rules of kinds in force; what cannot be read any more is as it ships."""
    kinds, _ = read_kinds(kinds_text())
    if kinds is None:
        kinds, _ = read_kinds(USUAL_KINDS)
    assert kinds is not None
    return kinds
