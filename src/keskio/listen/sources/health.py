"""How a source is, in a word, a sign and a sentence."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from keskio.listen.sources.contracts import Kind
from keskio.listen.sources.faults import sentence_of
from keskio.listen.sources.models import Source

MANY = 5  # failures in a row
# A stream that gave no sign of life for so long is not at work anywhere.
STILL = timedelta(minutes=2)


class Health(msgspec.Struct, frozen=True):
    """The state of a source for a page: a badge (word, tone, sign), and what is behind it."""

    word: Any
    tone: str
    sign: str
    sentence: Any = ""


def health_of(row: Source, kind: Kind, now: datetime) -> Health:
    """Return how a source is at `now`."""
    if row.is_paused:
        return Health(_("paused"), "plain", "pause", _("Nothing is collected until it is resumed."))
    if row.fault:
        if row.failures < MANY:
            return Health(_("waits"), "warn", "clock", sentence_of(row.fault))
        return Health(_("in trouble"), "bad", "warn", sentence_of(row.fault))
    if row.well_at is None:
        is_collected = kind.way in {"stream", "poll"}
        behind = _("The worker has not looked at it yet.") if is_collected else ""
        return Health(_("nothing yet"), "calm", "clock", behind)
    if kind.way == "stream" and now - row.well_at > STILL:
        behind = _("No sign of life for some minutes. Is the worker running?")
        return Health(_("silent"), "warn", "warn", behind)
    return Health(_("well"), "good", "check")


def today_of(row: Source, now: datetime) -> int:
    """Return how many messages have come on the local day of `now`."""
    return row.today if row.counted_on == timezone.localdate(now).isoformat() else 0
