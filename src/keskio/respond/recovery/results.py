"""What came of plans: satisfied afterwards, bought again, what it cost, against comparable cases.

Comparable are cases of the same severity and kind of customer that ended without the plan: drawn by lot to be
handled without it where the plan says so, else by another plan. Only the first can prove anything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

import msgspec
from django.db.models import Sum

from keskio.engine.scores.strata import Compared, Stratum, compare
from keskio.engine.scores.uplift import wilson
from keskio.kernel.clock import now
from keskio.respond.recovery.contracts import COUNTED, ENDED, PLAIN_ARM
from keskio.respond.recovery.following import BOUGHT_WITHIN
from keskio.respond.recovery.models import Compensation, PlanRun

SATISFIED_FROM = 0.75
YEAR = timedelta(days=365)


class Share(msgspec.Struct, frozen=True):
    """So many of so many, with the 95 % interval in whole hundredths."""

    goals: int
    n: int

    @property
    def percent(self) -> int:
        """The share in whole hundredths."""
        return round(100 * self.goals / self.n) if self.n else 0

    @property
    def low(self) -> int:
        """The lower end of Wilson's interval."""
        return round(100 * wilson(self.goals, self.n)[0]) if self.n else 0

    @property
    def high(self) -> int:
        """The upper end of Wilson's interval."""
        return round(100 * wilson(self.goals, self.n)[1]) if self.n else 0


class Difference(msgspec.Struct, frozen=True):
    """The difference to comparable cases; `found` None: there are none. `is_drawn`: by lot."""

    found: Compared | None
    is_drawn: bool

    @property
    def points(self) -> tuple[int, int, int]:
        """The difference and its interval in percentage points."""
        if self.found is None:
            return 0, 0, 0
        told = (self.found.difference, self.found.low, self.found.high)
        return round(100 * told[0]), round(100 * told[1]), round(100 * told[2])

    @property
    def verdict(self) -> str:
        """What may be said: more, less, no_difference, not_enough."""
        return "not_enough" if self.found is None else self.found.verdict


class Result(msgspec.Struct, frozen=True):
    """What came of one plan in a year."""

    plan: str
    ended: int
    satisfied: Share
    bought: Share
    cents: int
    satisfied_more: Difference
    bought_more: Difference

    @property
    def euros(self) -> int:
        """What its compensations cost, in whole euros."""
        return round(self.cents / 100)


def results() -> list[Result]:
    """Return what came of each plan in the past year, the most used first. Two queries."""
    since = now() - YEAR
    runs = list(PlanRun.objects.filter(state=ENDED, ended_at__gte=since))
    paid = dict(
        Compensation.objects.filter(state__in=COUNTED, asked_at__gte=since)
        .values_list("plan")
        .annotate(cents=Sum("cents"))
    )
    plans = sorted({run.plan for run in runs})
    found = [_result(plan, runs, int(paid.get(plan, 0))) for plan in plans]
    return sorted(found, key=lambda one: (-one.ended, one.plan))


def _result(plan: str, runs: Sequence[PlanRun], cents: int) -> Result:
    mine = [run for run in runs if run.plan == plan and run.arm != PLAIN_ARM]
    drawn = [run for run in runs if run.plan == plan and run.arm == PLAIN_ARM]
    others = drawn or [run for run in runs if run.plan != plan]
    return Result(
        plan,
        len(mine),
        _share(mine, was_asked, is_satisfied),
        _share(mine, is_old_enough, has_bought),
        cents,
        Difference(_compared(mine, others, was_asked, is_satisfied), bool(drawn)),
        Difference(_compared(mine, others, is_old_enough, has_bought), bool(drawn)),
    )


def was_asked(run: PlanRun) -> bool:
    """Tell whether the customer has said whether it was put right."""
    return run.satisfied is not None


def is_satisfied(run: PlanRun) -> bool:
    """Tell whether the customer says that it was put right."""
    return run.satisfied is not None and run.satisfied >= SATISFIED_FROM


def is_old_enough(run: PlanRun) -> bool:
    """Tell whether the 90 days in which a purchase counts are over, for a customer who is known."""
    return (
        bool(run.customer_id) and run.ended_at is not None and run.ended_at <= now() - BOUGHT_WITHIN
    )


def has_bought(run: PlanRun) -> bool:
    """Tell whether the customer bought again."""
    return run.bought_at is not None


_Test = Callable[[PlanRun], bool]


def _share(runs: Sequence[PlanRun], counts: _Test, reached: _Test) -> Share:
    counted = [run for run in runs if counts(run)]
    return Share(sum(reached(run) for run in counted), len(counted))


def _compared(
    mine: Sequence[PlanRun], others: Sequence[PlanRun], counts: _Test, reached: _Test
) -> Compared | None:
    strata: dict[str, list[int]] = {}
    for place, group in ((0, mine), (2, others)):
        for run in filter(counts, group):
            told = strata.setdefault(f"{run.kind}/{run.severity}", [0, 0, 0, 0])
            told[place] += 1
            told[place + 1] += reached(run)
    return compare({name: Stratum(*told) for name, told in strata.items()})
