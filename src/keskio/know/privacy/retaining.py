"""Nothing is kept for ever: rules say for how long, a thread takes away what is older, in slices.

A rule goes through the whole log once a day, a slice of places at a time, with its place saved in
the transaction of what it deleted. When a round has taken something away, the lake is built anew from
the log, so that no file remembers it.
"""

from __future__ import annotations

import logging
import threading
from datetime import timedelta
from typing import Any

import msgspec
from django.conf import settings
from django.db import connections, transaction

from keskio.events.api import last_position
from keskio.jobs.api import Lease, LostLease
from keskio.kernel.clock import MICROSECOND, Micros, now_micros, to_micros
from keskio.kernel.sql import any_of, fetch, listed, run, run_many
from keskio.know.actions import set_traits
from keskio.know.privacy.models import Retention
from keskio.lake import api as lake

SLICE = 20_000
DAY = timedelta(days=1) // MICROSECOND
AGAIN = 20 * DAY // 24
IDLE_SECONDS = 60.0
_TELL_TRAITS = ("customer.identified", "customer.updated", "customer.computed")
_decode = msgspec.json.Decoder(dict[str, Any]).decode
log = logging.getLogger(__name__)


class Retainer:
    """The background `privacy.retaining`."""

    name = "privacy.retaining"

    def __init__(self, *, owner: str) -> None:
        self._owner = owner
        self._lease: Lease | None = None

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set."""
        try:
            while not stop.is_set():
                if not self.turn(now_micros()):
                    stop.wait(IDLE_SECONDS)
        finally:
            if self._lease is not None:
                self._lease.release()
            connections.close_all()

    def turn(self, now: Micros) -> bool:
        """Do one slice of the next rule that is due; True when there is more at once."""
        rule = next(
            (r for r in Retention.objects.filter(is_on=True).order_by("id") if _due(r, now)), None
        )
        if rule is None or not self._holds():
            return False
        if apply_slice(rule, now):
            return True
        if rule.place == 0 and Retention.objects.get(pk=rule.pk).note == "lake":
            lake.rebuild()
            Retention.objects.filter(pk=rule.pk).update(note="")
        return True

    def _holds(self) -> bool:
        if self._lease is None:
            self._lease = Lease.hold(self.name, self._owner)
            return self._lease is not None
        try:
            self._lease.renew()
        except LostLease:
            self._lease = None
            return False
        return True


def _due(rule: Retention, now: Micros) -> bool:
    return rule.place > 0 or rule.ran_at is None or to_micros(rule.ran_at) + AGAIN <= now


def apply_slice(rule: Retention, now: Micros) -> bool:
    """Take away what one rule says in the next places of the log; False when it has come to the end.

    The last slice says in `ran_at` when the rule came round; the next round begins a day later.
    """
    before = now - rule.days * DAY
    with transaction.atomic():
        end = last_position()
        upto = min(end, rule.place + SLICE)
        if rule.kind == Retention.Kind.EVENT:
            gone = _delete_events(rule.name, rule.place, upto, before)
        else:
            gone = _cut_traits(rule.name, rule.place, upto, before)
            if rule.place == 0:
                gone += _let_go(rule.name, before, now)
        is_over = upto >= end
        rule.deleted += gone
        rule.place = 0 if is_over else upto
        rule.note = "lake" if gone else rule.note
        if is_over:
            rule.ran_at = now
        rule.save(update_fields=["deleted", "place", "ran_at", "note"])
    return not is_over


def count_due(rule: Retention, now: Micros) -> int:
    """Return how many events, or customers with the trait, the rule would touch now; changes nothing."""
    before = now - rule.days * DAY
    if rule.kind == Retention.Kind.EVENT:
        sql = f"SELECT count(*) FROM events_event WHERE {_named(rule.name)} AND occurred_at < %s"  # noqa: S608 - constants
        return int(fetch(sql, (_pattern(rule.name), before))[0][0])
    return len(_holders(rule.name, before))


def _named(name: str) -> str:
    return "name LIKE %s ESCAPE '!'" if name.endswith("*") else "name = %s"


def _pattern(name: str) -> str:
    if not name.endswith("*"):
        return name
    return "".join(f"!{c}" if c in "!%_" else c for c in name[:-1]) + "%"


def _delete_events(name: str, after: int, upto: int, before: Micros) -> int:
    sql = (
        "DELETE FROM events_event WHERE id > %s AND id <= %s AND occurred_at < %s"  # noqa: S608 - constants
        f" AND {_named(name)} AND name <> 'customer.erased'"
    )
    return run(sql, (after, upto, before, _pattern(name)))


def _cut_traits(name: str, after: int, upto: int, before: Micros) -> int:
    """Take a trait out of what old events told of it."""
    sql = (
        "SELECT id, body FROM events_event WHERE id > %s AND id <= %s AND occurred_at < %s"  # noqa: S608 - constants
        f" AND body LIKE %s ESCAPE '!' AND {any_of('name', kind='text')}"
    )
    like = "%" + _pattern(f'"{name}"*')
    rows = []
    for number, text in fetch(sql, (after, upto, before, like, listed(_TELL_TRAITS))):
        body = _decode(text)
        if name in body.get("traits", {}):
            del body["traits"][name]
            rows.append((msgspec.json.encode(body).decode(), number))
    run_many("UPDATE events_event SET body = %s WHERE id = %s", rows)
    return len(rows)


def _let_go(name: str, before: Micros, now: Micros) -> int:
    """Take a trait that was told long ago away from its customers; the log is told."""
    holders = _holders(name, before)
    set_traits({customer: {name: None} for customer in holders}, at=now)
    return len(holders)


def _holders(name: str, before: Micros) -> list[int]:
    like = "%" + _pattern(f'"{name}"*')
    sql = (
        "SELECT id, traits, trait_times FROM know_customer WHERE merged_into_id IS NULL"
        " AND traits LIKE %s ESCAPE '!'"
    )
    return [
        customer
        for customer, traits, times in fetch(sql, (like,))
        if name in _decode(traits) and _decode(times).get(name, before) < before
    ]


def fixed_rules() -> list[tuple[str, int]]:
    """Return what is kept for a fixed time by the installation's settings: (what, days)."""
    return [("spool", settings.SPOOL_DAYS), ("quarantine", settings.SPOOL_DAYS), ("files", 30)]
