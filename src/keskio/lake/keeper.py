"""The lake's thread in the worker: follows the log, keeps the files in order, puts all in order at night."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from keskio.events.api import last_position
from keskio.kernel.clock import Micros, from_micros, now_micros, to_micros
from keskio.lake.compacting import compact, tidy
from keskio.lake.erasing import finish_erasing
from keskio.lake.installation import follow_log, own_lake

LOOK = 2.0  # seconds between looks at the log
ENOUGH = 5_000  # events that are taken at once
PATIENCE = 20.0  # seconds after which fewer are taken too
NIGHT = 3  # the hour at which everything is put in order


class Keeper:
    """Keeps the lake at most a minute behind the log."""

    name = "lake"

    def run(self, stop: threading.Event) -> None:
        """Follow the log until `stop` is set."""
        lake = own_lake()
        finish_erasing(lake)
        waited = PATIENCE
        while not stop.is_set():
            waiting = last_position() - lake.position
            if waiting >= ENOUGH or (waiting and waited >= PATIENCE):
                follow_log(lake)
                tidy(lake)
                waited = 0.0
            elif is_due(now_micros(), lake.store.read().compacted_at) and lake.position:
                compact(lake)
            stop.wait(LOOK)
            waited += LOOK


def is_due(now: Micros, done_at: Micros) -> bool:
    """Tell whether the night of the company's time zone has come since the lake was put in order."""
    zone = ZoneInfo(settings.TIME_ZONE)
    here = from_micros(now).astimezone(zone)
    night = datetime(here.year, here.month, here.day, NIGHT, tzinfo=zone)
    if here < night:
        night -= timedelta(days=1)
    return done_at < to_micros(night)
