"""Learns at which hour each customer, and each group, answers: the trait `best_hour`, such as "17:00".

Once a day the answers of ninety days are counted by the hour of the customer's own clock; whoever has
answered, and whoever belongs to a group where somebody has, gets the hour that `engine.hours` finds. A
dialogue uses it as `at: customer.best_hour`. Nothing is counted while no live dialogue uses it. Counting
goes by slices of the log and is begun again after a stop; to count twice changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from django.db import transaction

from keskio.engine.dialogue.routing import RECEIVED
from keskio.engine.hours import best_hour
from keskio.engine.times import DAY, to_local
from keskio.events.api import cursor_of, events_named, last_position, move_cursor, place_at
from keskio.kernel.clock import Micros
from keskio.know.api import facts_of, groups_of, members_of, people_of, set_traits
from keskio.talk.programs import Programs

CURSOR = "talk.hours"  # the number of the last day that was learnt from
TRAIT = "best_hour"
REACH = 90 * DAY
EVENTS, CUSTOMERS = 10_000, 1000
ZONE = "Europe/Helsinki"


class HourLearner:
    """A job: a slice of the log, then of the customers, a turn; once a day."""

    name = "hours"

    def __init__(self) -> None:
        self.programs = Programs()
        self._work: Iterator[None] | None = None

    def turn(self, now: Micros) -> bool:
        """Count or write one slice; True while there is more of it."""
        if self._work is None:
            self.programs.refresh()
            used = any(TRAIT in one.program.needs.traits for one in self.programs.entering)
            if not used or cursor_of(CURSOR) >= now // DAY:
                return False
            self._work = _learn(now)
        if next(self._work, self) is self:
            self._work = None
            return False
        return True


def _learn(now: Micros) -> Iterator[None]:
    moments: dict[int, list[Micros]] = {}
    place, last = place_at(now - REACH), last_position()
    while place < last:
        events, place = events_named([RECEIVED], after=place, limit=EVENTS, upto=last)
        for event in events:
            if event.customer:
                moments.setdefault(event.customer, []).append(event.at)
        yield
    own = _by_customer(moments)
    yield
    hours = _hours_of(own)
    customers = sorted(hours)
    for start in range(0, len(customers), CUSTOMERS):
        _write({one: hours[one] for one in customers[start : start + CUSTOMERS]}, now)
        yield
    move_cursor(CURSOR, now // DAY)


def _by_customer(moments: dict[int, list[Micros]]) -> dict[int, Counter[int]]:
    """Return the answers of each customer, as those are now, by the hour of their own clock."""
    people = people_of(moments)
    zones = {customer: facts.zone or ZONE for customer, facts in facts_of(moments, []).items()}
    found: dict[int, Counter[int]] = {}
    for customer, times in moments.items():
        if customer in people:
            hours = found.setdefault(people[customer].id, Counter())
            hours.update(to_local(at, zones[customer]).hour for at in times)
    return found


def _hours_of(own: dict[int, Counter[int]]) -> dict[int, int]:
    """Return the best hour of those who have answered, and of those in their groups."""
    groups = {one.group for groups in groups_of(own).values() for one in groups}
    around: dict[int, Counter[int]] = {customer: Counter() for customer in own}
    for group in sorted(groups):
        members = [member.customer for member in members_of(group)]
        together: Counter[int] = Counter()
        for member in members:
            together.update(own.get(member, {}))
        for member in members:
            around.setdefault(member, Counter()).update(together)
    found = {one: best_hour(own.get(one, {}), others) for one, others in around.items()}
    return {one: hour for one, hour in found.items() if hour is not None}


def _write(hours: dict[int, int], now: Micros) -> None:
    known = facts_of(hours, [TRAIT])
    fresh = {
        one: {TRAIT: f"{hour:02}:00"}
        for one, hour in hours.items()
        if one in known and known[one].traits.get(TRAIT) != f"{hour:02}:00"
    }
    with transaction.atomic():
        set_traits(fresh, at=now)
