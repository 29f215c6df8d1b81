"""Who does what comes to a queue: the rule of area, skill and load.

A seat says that somebody works for a queue, for which areas (none: for all), and with which skills. A new
task goes to whom it names; else to whoever had the enrolment's last task, if that one has a seat in this
queue; else to the one with the fewest open tasks among the seats of the customer's area (the trait `area`)
who have the skill that the task asks for, by name among equals. Nobody with the skill: it waits in its
queue, as it does with no seat for it at all, for anybody to take.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

import msgspec
from django.db.models import Count

from keskio.know.api import facts_of
from keskio.respond.contracts import OPEN
from keskio.respond.models import Seat, Task

AREA = "area"


class Held(msgspec.Struct, frozen=True):
    """What a seat is for: areas (none: all), and what its holder can do."""

    areas: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()


Seats = Mapping[str, Mapping[str, Held]]


def seat(
    queue: str, username: str, *, areas: Collection[str] = (), skills: Collection[str] = ()
) -> None:
    """Let somebody work for a queue, from now on for these areas (none: for all), with these skills."""
    told = {"areas": sorted(set(areas)), "skills": sorted(set(skills))}
    Seat.objects.update_or_create(queue=queue, username=username, defaults=told)


def unseat(queue: str, username: str) -> bool:
    """Let somebody no longer work for a queue; what they have stays theirs. False: they did not."""
    return bool(Seat.objects.filter(queue=queue, username=username).delete()[0])


def assign(tasks: Sequence[Task]) -> None:
    """Give each of the new `tasks` that names nobody to somebody, in their order. Four queries."""
    wanting = [task for task in tasks if not task.assignee]
    seats = seats_of({task.queue for task in wanting})
    wanting = [task for task in wanting if task.queue in seats]
    if not wanting:
        return
    areas = areas_of({task.customer_id for task in wanting})
    before = _owners_before({task.enrolment for task in wanting})
    load = loads()
    for task in wanting:
        own = seats[task.queue]
        last = before.get(task.enrolment, "")
        if last in own:
            task.assignee = last
        else:
            task.assignee = chosen(own, areas.get(task.customer_id, ""), task.skill, load)
        load[task.assignee] += 1


def chosen(seats: Mapping[str, Held], area: str, skill: str, load: Mapping[str, int]) -> str:
    """Return who of a queue's `seats` takes the next piece of work ("": nobody), by area, skill and load."""
    able = {name: one for name, one in seats.items() if not skill or skill in one.skills}
    own = [name for name, one in able.items() if one.areas and area in one.areas]
    free = own or [name for name, one in able.items() if not one.areas]
    return min(free, key=lambda name: (load.get(name, 0), name), default="")


def seats_of(queues: Collection[str]) -> dict[str, dict[str, Held]]:
    """Return who works for each of `queues`, with areas and skills."""
    found: dict[str, dict[str, Held]] = {}
    for one in Seat.objects.filter(queue__in=queues):
        held = Held(tuple(one.areas), tuple(one.skills))
        found.setdefault(one.queue, {})[one.username] = held
    return found


def areas_of(customers: Collection[int]) -> dict[int, str]:
    """Return the areas of those of `customers` who have one."""
    facts = facts_of(customers, [AREA])
    return {
        customer: str(area) for customer, known in facts.items() if (area := known.traits.get(AREA))
    }


def loads() -> Counter[str]:
    """Return how many open tasks each person has."""
    rows = Task.objects.filter(state=OPEN).exclude(assignee="").values("assignee")
    return Counter({row["assignee"]: row["n"] for row in rows.annotate(n=Count("pk"))})


def _owners_before(enrolments: Collection[int]) -> dict[int, str]:
    rows = Task.objects.filter(enrolment__in=enrolments).exclude(assignee="").order_by("visit")
    return dict(rows.values_list("enrolment", "assignee"))
