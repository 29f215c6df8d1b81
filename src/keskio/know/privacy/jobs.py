"""What the wing does in the worker."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from django.db import transaction

from keskio.channels.api import keyword_of
from keskio.events.api import append_events, events_named, place_at
from keskio.events.contracts import LoggedEvent
from keskio.jobs.contracts import Background, Job
from keskio.kernel.clock import MICROSECOND, Micros, to_micros
from keskio.know.actions import record_lines
from keskio.know.consents import lapsed_lines
from keskio.know.privacy.actions import confirm
from keskio.know.privacy.erasures import Eraser
from keskio.know.privacy.models import Notice
from keskio.know.privacy.notices import NoticeSender
from keskio.know.privacy.restricting import Restrictions
from keskio.know.privacy.retaining import Retainer
from keskio.know.queries import now_ids

EVERY = timedelta(seconds=30) // MICROSECOND
PACE = timedelta(seconds=2) // MICROSECOND
SLICE = 1000
RECEIVED = "message.received"


class _Properties(msgspec.Struct, frozen=True):
    channel: str = ""
    text: str = ""


class _Answer(msgspec.Struct, frozen=True):
    properties: _Properties = _Properties()


_read = msgspec.json.Decoder(_Answer).decode


class Lapsing:
    """Ends consents whose time is over, set-wise: a line, the state in force, `consent.expired`."""

    name = "privacy.lapsing"

    def __init__(self) -> None:
        self._due = 0

    def turn(self, now: Micros) -> bool:
        """End up to a thousand consents; True when there may be more."""
        if self._due > now:
            return False
        with transaction.atomic():
            lines = lapsed_lines(now, limit=SLICE)
            append_events(record_lines(lines))
        if len(lines) == SLICE:
            return True
        _end_notices(now)
        self._due = now + EVERY
        return False


def _end_notices(now: Micros) -> None:
    left = [Notice.State.WAITING, Notice.State.ASKED]
    Notice.objects.filter(state__in=left, expires_at__lte=now).update(
        state=Notice.State.EXPIRED, settled_at=now, address=""
    )


class Answers:
    """Confirms what was asked in SMS by the start word that answers it.

    Its place in the log is kept in memory only: what is read again confirms nothing twice.
    """

    name = "privacy.answers"

    def __init__(self) -> None:
        self._due = 0
        self._place: int | None = None

    def turn(self, now: Micros) -> bool:
        """Take up to a thousand answers; True when there may be more."""
        if self._due > now:
            return False
        asked = list(
            Notice.objects.filter(
                channel="sms", state=Notice.State.ASKED, kind=Notice.Kind.CONSENT
            ).values_list("pk", "customer_id", "sent_at")
        )
        if not asked:
            self._place, self._due = None, now + PACE
            return False
        if self._place is None:
            self._place = place_at(min(to_micros(at) for _, _, at in asked if at))
        events, self._place = events_named([RECEIVED], after=self._place, limit=SLICE)
        self._take(events, asked)
        if len(events) == SLICE:
            return True
        self._due = now + PACE
        return False

    def _take(
        self, events: Sequence[LoggedEvent], asked: Sequence[tuple[int, int, datetime | None]]
    ) -> None:
        whose = now_ids({customer for _, customer, _ in asked})
        said = [e for e in events if _is_yes(e)]
        for number, customer, at in asked:
            now = whose.get(customer)
            if at and any(e.customer == now and e.received_at >= to_micros(at) for e in said):
                confirm(number, seen="a start word")


def _is_yes(event: LoggedEvent) -> bool:
    told = _read(event.body).properties
    return told.channel == "sms" and keyword_of(told.text) == "start"


def jobs() -> list[Job]:
    """Return what takes turns in the worker."""
    return [Lapsing(), Answers(), Restrictions()]


def backgrounds() -> list[Background]:
    """Return what has a thread of its own in the worker."""
    return [NoticeSender(), Eraser(), Retainer(owner=f"{socket.gethostname()}-{os.getpid()}")]
