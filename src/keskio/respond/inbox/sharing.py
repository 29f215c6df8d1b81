"""Who gets a case: the rule of area, skill and load, over the seats of its queue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from django.db.models import Count

from keskio.respond.assigning import areas_of, chosen, seats_of
from keskio.respond.inbox import contracts as c
from keskio.respond.inbox.changing import Batch
from keskio.respond.inbox.models import Case


def give(batch: Batch, cases: Sequence[Case], *, by: str = "") -> None:
    """Give each of `cases` that nobody has to somebody of its queue. Three queries for all.

    A case asks for the skill of its language where the seats of its queue name languages as skills.
    """
    wanting = [case for case in cases if not case.assignee and case.queue]
    seats = seats_of({case.queue for case in wanting}) if wanting else {}
    wanting = [case for case in wanting if case.queue in seats]
    if not wanting:
        return
    areas = areas_of({case.customer_id for case in wanting})
    load = loads()
    for case in wanting:
        own = seats[case.queue]
        known = {skill for held in own.values() for skill in held.skills}
        skill = next((one for one in (*case.themes, case.language) if one in known), "")
        found = chosen(own, areas.get(case.customer_id, ""), skill, load)
        if found:
            case.assignee = found
            load[found] += 1
            batch.touch(case)
            batch.happening(case, "assigned", by, after={"assignee": found, "queue": case.queue})
            batch.tell(case, c.ASSIGNED, by=by)


def loads() -> Counter[str]:
    """Return how many cases each person has in work."""
    rows = Case.objects.filter(place=c.ACTIVE).exclude(assignee="").values("assignee")
    return Counter({row["assignee"]: row["n"] for row in rows.annotate(n=Count("pk"))})
