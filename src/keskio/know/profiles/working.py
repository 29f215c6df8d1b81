"""The wing's thread in the worker: what is asked for, and what each night brings.

Fitting and clustering take seconds to minutes; a turn in the worker's loop would hold the others up. What
computes is loaded when there is something to compute: loading scipy and scikit-learn takes seconds of
the processor, in which nobody's message would leave.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from django.utils import timezone

from keskio.jobs.api import Lease
from keskio.kernel.clock import Micros, from_micros, now_micros, to_micros
from keskio.kernel.errors import KeskioError
from keskio.know.profiles.models import ClusterRun, PurchaseRule, Work

log = logging.getLogger(__name__)

VALUE, RFM, ASSIGN = "value", "rfm", "assign"
PACE = 2.0  # seconds between looks at what is asked for
NIGHT = 3  # the hour at which everything is computed anew
_TERM = timedelta(seconds=60)


class Stopped(Exception):
    """The worker is ending: leave the work as it is."""


class ProfilesWork:
    """Computes value, scores and clusters when asked, and each night."""

    name = "profiles"

    def __init__(self, owner: str) -> None:
        self._owner = owner

    def run(self, stop: threading.Event) -> None:
        """Look now and then what there is to do, and do it, until `stop` is set."""
        while not stop.wait(PACE):
            lease = Lease.hold(self.name, self._owner, term=_TERM)
            if lease is None:
                continue
            while not stop.is_set() and work_once(stop, lease):
                pass
            lease.release()


def work_once(stop: threading.Event | None = None, lease: Lease | None = None) -> bool:
    """Do one thing that is asked for or due; tell whether there was one."""

    def go_on() -> None:
        if stop is not None and stop.is_set():
            raise Stopped
        if lease is not None:
            lease.renew()

    try:
        kind = _due(now_micros())
        if kind is not None:
            _do(kind, go_on)
            return True
        return _search(go_on)
    except Stopped:
        return False


def _due(now: Micros) -> str | None:
    """Return the kind of work that is asked for, or that last night should have brought."""
    night = to_micros(last_night(from_micros(now)))
    rows = {work.kind: work for work in Work.objects.all()}
    has_rule = _rule() is not None
    for kind in (VALUE, RFM, ASSIGN):
        work = rows.get(kind)
        if work is None:
            continue
        was_begun = to_micros(work.begun_at) if work.begun_at else 0
        may_run = has_rule or kind == ASSIGN
        if work.asked_at is not None or (may_run and was_begun < night):
            return kind
    return None


def last_night(now: datetime) -> datetime:
    """Return the latest moment at or before `now` when it was night in the company's zone."""
    local = timezone.localtime(now)
    night = local.replace(hour=NIGHT, minute=0, second=0, microsecond=0)
    return night if night <= local else night - timedelta(days=1)


def _do(kind: str, go_on: Callable[[], None]) -> None:
    now = now_micros()
    Work.objects.filter(pk=kind).update(begun_at=from_micros(now), progress=0, error="")
    rule = _rule()
    shown = 0

    def step(percent: int) -> None:
        nonlocal shown
        go_on()
        if percent > shown:
            shown = percent
            Work.objects.filter(pk=kind).update(progress=percent)

    error = ""
    try:
        _compute(kind, rule, now, step)
    except Stopped:
        Work.objects.filter(pk=kind).update(asked_at=from_micros(now))
        raise
    except KeskioError as trouble:
        error = trouble.message
        log.warning("Computing %s: %s", kind, error)
    done = now_micros()
    Work.objects.filter(pk=kind).update(
        asked_at=None, done_at=from_micros(done), took=done - now, progress=100, error=error
    )


def _rule() -> PurchaseRule | None:
    return PurchaseRule.objects.order_by("pk").first()


def _compute(
    kind: str, rule: PurchaseRule | None, now: Micros, step: Callable[[int], None]
) -> None:
    from keskio.know.profiles import clustering_runs, computing  # noqa: PLC0415 - see above

    if kind == ASSIGN:
        clustering_runs.assign_everyone(step)
    elif rule is not None:
        compute = computing.compute_value if kind == VALUE else computing.compute_rfm
        compute(rule, now, step)


def _search(go_on: Callable[[], None]) -> bool:
    waiting = (ClusterRun.State.WAITING, ClusterRun.State.RUNNING)
    if not ClusterRun.objects.filter(state__in=waiting).exists():
        return False
    from keskio.know.profiles.clustering_runs import run_next  # noqa: PLC0415 - see above

    return run_next(go_on)
