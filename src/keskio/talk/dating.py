"""Brings in those whose date has come: a birthday, ten months after a car was delivered.

For each live dialogue with such a trigger the dates between the last look and now are looked for, a
slice of customers a turn; how far it has come stands in cursors, moved with the invitations.
"""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction

from keskio.engine.dialogue.facts import Facts
from keskio.engine.dialogue.program import Moment, Program
from keskio.engine.dialogue.routing import INVITED
from keskio.engine.times import DAY, MINUTE, add_months, to_local
from keskio.events.api import append_events, cursor_of, move_cursor
from keskio.events.contracts import NewEvent
from keskio.kernel.clock import Micros, to_micros
from keskio.kernel.sql import fetch
from keskio.know.api import customers_dated, days_between, facts_of, owners_dated
from keskio.talk.invitations import dates_of
from keskio.talk.models import Version
from keskio.talk.programs import Loaded, Programs
from keskio.talk.store import text_of

SLICE = 200_000  # numbers of customers looked through at once; few of them have the day
EVERY = 5 * MINUTE
SLACK = 7  # days by which zones, hours and days that are not worked can move a date
NUMBERS = "SELECT coalesce(min(id), 0), coalesce(max(id), 0) FROM know_customer"


class Dates:
    """A job: one slice of customers of one dialogue a turn, every few minutes."""

    name = "dates"

    def __init__(self, *, size: int = SLICE) -> None:
        self.programs = Programs()
        self._size = size

    def turn(self, now: Micros) -> bool:
        """Look for dates that have come; True while a look is not finished."""
        self.programs.refresh()
        more = [
            self._look(loaded, now)
            for loaded in self.programs.entering
            if loaded.program.trigger.kind == "date" and loaded.state == "live"
        ]
        return any(more)  # each has had its look

    def _look(self, loaded: Loaded, now: Micros) -> bool:
        done, until, after = (
            f"talk.dates.{loaded.dialogue}{what}" for what in ("", ".until", ".after")
        )
        since = cursor_of(done) or self._published(loaded, now)
        target = cursor_of(until)
        if not target:
            if now - since < EVERY:
                return False
            target = now
        first, newest = fetch(NUMBERS)[0]
        reached = max(cursor_of(after), first - 1)
        upto = min(newest, reached + self._size)
        invited = _invitations(loaded.program, since, target, now, (reached, upto))
        with transaction.atomic():
            append_events(invited)
            is_last = upto >= newest
            move_cursor(done, target if is_last else since)
            move_cursor(until, 0 if is_last else target)
            move_cursor(after, 0 if is_last else upto)
        return not is_last

    @staticmethod
    def _published(loaded: Loaded, now: Micros) -> Micros:
        found = Version.objects.filter(pk=loaded.version).values_list("published_at", flat=True)
        return min(now, to_micros(found[0]))


def _invitations(
    program: Program, since: Micros, until: Micros, now: Micros, among: tuple[int, int]
) -> list[NewEvent]:
    trigger = program.trigger
    assert trigger.at is not None
    days = _days(program, trigger.at, since, until)
    root, _dot, name = trigger.at.of.partition(".")
    after, upto = among
    if root == "customer":
        near = customers_dated(name, days, yearly=trigger.yearly, after=after, upto=upto)
    else:
        kind = program.object_kind
        near = owners_dated(kind, name, days, yearly=trigger.yearly, after=after, upto=upto)
    who, found = trigger.who, []
    known = facts_of(near, program.needs, now=now)
    for customer, facts in sorted(known.items(), key=_number):
        if who is not None and not who(facts.subject(now)):
            continue
        for dated in dates_of(program, facts, since, until):
            told = {**dated.properties, "dialogue": program.key, "version": program.version}
            found.append(NewEvent(customer, INVITED, now, text_of({"properties": told})))
    return found


def _days(program: Program, moment: Moment, since: Micros, until: Micros) -> list[date]:
    """Return the days on which a date may stand whose moment lies between `since` and `until`."""
    first = _back(to_local(since, program.zone).date(), moment) - timedelta(days=SLACK)
    return days_between(
        first, _back(to_local(until, program.zone).date(), moment) + timedelta(days=SLACK)
    )


def _number(pair: tuple[int, Facts]) -> int:
    return pair[0]


def _back(day: date, moment: Moment) -> date:
    months = moment.after.months - moment.before.months
    days = moment.after.days - moment.before.days
    days += (moment.after.micros - moment.before.micros) // DAY
    return add_months(day - timedelta(days=days), -months)
