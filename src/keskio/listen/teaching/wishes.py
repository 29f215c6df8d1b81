"""When the wing's thread has something to do: when asked, and every night.

A wish is claimed by one worker; one that died in the middle is claimed again after an hour. What fits is
loaded when there is a wish: loading scikit-learn takes seconds of the processor, in which nobody's
message would leave.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from django.db import connections

from keskio.kernel.clock import Micros, now_micros, to_micros
from keskio.listen.teaching import actions, queries
from keskio.listen.teaching.contracts import FEWEST_NEW
from keskio.listen.teaching.models import Refit

HOUR: Micros = 3_600_000_000
NIGHT = 22 * HOUR  # between fits by themselves; by day others ask
LOOKS = 30.0


def work(stop: threading.Event) -> None:
    """Look for wishes until `stop` is set."""
    while not stop.wait(LOOKS):
        turn(now_micros(), stop.is_set)
        connections.close_all()


def turn(now: Micros, is_over: Callable[[], bool] = lambda: False) -> bool:
    """Do what is wished for, or what the night is for; returns whether there was anything."""
    wish = _claimed(now)
    if wish is None:
        return False
    from keskio.listen.teaching import working  # noqa: PLC0415 - see above

    try:
        done = working.refit(is_over)
        for language in ("fi", "en"):
            working.find_themes(language, now)
    except working.Stopping:
        Refit.objects.filter(pk=wish.pk).update(begun_at=None)
        return False
    said = "nothing" if not done else "better" if any(done.values()) else "no_better"
    Refit.objects.filter(pk=wish.pk).update(done_at=now_micros(), said=said)
    return True


def _claimed(now: Micros) -> Refit | None:
    """Return a wish that nobody else works at, making the night's own; None when there is none."""
    stale = Refit.objects.filter(done_at__isnull=True, begun_at__lt=now - HOUR)
    stale.update(begun_at=None)
    wish = Refit.objects.filter(begun_at__isnull=True).order_by("id").first()
    if wish is None and _is_due(now):
        wish = actions.ask_refit("")
    if wish is None:
        return None
    mine = Refit.objects.filter(pk=wish.pk, begun_at__isnull=True).update(begun_at=now)
    return wish if mine else None


def _is_due(now: Micros) -> bool:
    latest = Refit.objects.order_by("-id").first()
    if latest is not None and to_micros(latest.asked_at) > now - NIGHT:
        return False
    return any(queries.new_labels(one) >= FEWEST_NEW for one in queries.languages_taught())
