"""Who does a task that comes to a queue: the rule of area and load.

A seat says that somebody works for a queue, and for which areas (none: for all). A new task goes to whom
it names; else to whoever had the enrolment's last task, if that one has a seat in this queue; else to the
one with the fewest open tasks among the seats of the customer's area (the trait `area`), by name among
equals. With no seat for it a task stays in its queue, for anybody to take.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from django.db.models import Count

from keskio.know.api import facts_of
from keskio.respond.contracts import OPEN
from keskio.respond.models import Seat, Task

AREA = "area"


def seat(queue: str, username: str, *, areas: Collection[str] = ()) -> None:
    """Let somebody work for a queue, from now on for these areas (none: for all)."""
    Seat.objects.update_or_create(
        queue=queue, username=username, defaults={"areas": sorted(set(areas))}
    )


def unseat(queue: str, username: str) -> bool:
    """Let somebody no longer work for a queue; what they have stays theirs. False: they did not."""
    return bool(Seat.objects.filter(queue=queue, username=username).delete()[0])


def assign(tasks: Sequence[Task]) -> None:
    """Give each of the new `tasks` that names nobody to somebody, in their order. Four queries."""
    wanting = [task for task in tasks if not task.assignee]
    seats = _seats({task.queue for task in wanting})
    wanting = [task for task in wanting if task.queue in seats]
    if not wanting:
        return
    facts = facts_of({task.customer_id for task in wanting}, [AREA])
    areas = {customer: known.traits.get(AREA) for customer, known in facts.items()}
    before = _owners_before({task.enrolment for task in wanting})
    load = _loads()
    for task in wanting:
        free = _of_area(seats[task.queue], areas.get(task.customer_id))
        last = before.get(task.enrolment, "")
        if last in seats[task.queue]:
            task.assignee = last
        elif free:
            task.assignee = min(free, key=lambda name: (load[name], name))
        load[task.assignee] += 1


def _seats(queues: Collection[str]) -> dict[str, dict[str, list[str]]]:
    """Return who works for each of `queues`, and for which areas."""
    found: dict[str, dict[str, list[str]]] = {}
    for one in Seat.objects.filter(queue__in=queues):
        found.setdefault(one.queue, {})[one.username] = one.areas
    return found


def _of_area(seats: Mapping[str, list[str]], area: object) -> list[str]:
    """Return who has the area for their own; when nobody has, those who work for all."""
    own = [name for name, areas in seats.items() if areas and area in areas]
    return own or [name for name, areas in seats.items() if not areas]


def _owners_before(enrolments: Collection[int]) -> dict[int, str]:
    rows = Task.objects.filter(enrolment__in=enrolments).exclude(assignee="").order_by("visit")
    return dict(rows.values_list("enrolment", "assignee"))


def _loads() -> Counter[str]:
    rows = Task.objects.filter(state=OPEN).exclude(assignee="").values("assignee")
    return Counter({row["assignee"]: row["n"] for row in rows.annotate(n=Count("pk"))})
