"""Reads of the inbox: the list, its counts, one case with its thread, who it is about.

The list is an index walk: keyset pagination over (place, sort_at, id), everything shown in the row itself.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any

import msgspec
from django.db.models import Case as Switch
from django.db.models import Count, Q, QuerySet, Value, When

from keskio.kernel.clock import now, now_micros
from keskio.kernel.i18n import in_language
from keskio.kernel.sql import is_postgres
from keskio.know.api import people_of, same_person_ids
from keskio.know.contracts import Person
from keskio.respond.inbox import contracts as c
from keskio.respond.inbox.clockwork import QUIET
from keskio.respond.inbox.contracts import OpeningRules
from keskio.respond.inbox.finding import cases_with
from keskio.respond.inbox.models import Case, Entry, Queue, Rules
from keskio.respond.queue_words import queue_called
from keskio.web.names import Reader

PAGE = 50
MOST_COUNTED = 1000
THREAD = 500
# What a row of the list shows; the clocks' own record is long and not among it.
UNSHOWN = ("clocks", "thread", "url", "reply_to", "source_kind", "source_ref")


class Cursor(msgspec.Struct, frozen=True):
    """A place in a list: behind it comes the next page."""

    sort_at: int
    id: int

    def written(self) -> str:
        """Return it as a part of an address."""
        return f"{self.sort_at}.{self.id}"

    @staticmethod
    def read(text: str) -> Cursor | None:
        """Return the place that an address says; None for what is none."""
        left, _dot, right = text.partition(".")
        try:
            return Cursor(int(left), int(right))
        except ValueError:
            return None


class Wanted(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a list shows: which place, and whose; "" and empty are for all."""

    place: int = c.ACTIVE
    queue: str = ""
    assignee: str = ""
    unassigned: bool = False
    channel: str = ""
    kind: str = ""
    theme: str = ""
    late: bool = False
    unanswered: bool = False
    search: str = ""


class Page(msgspec.Struct, frozen=True):
    """A page of the list; `after` leads to the next one, None at the end."""

    cases: Sequence[Case]
    after: Cursor | None


def page_of_cases(wanted: Wanted, *, after: Cursor | None = None, limit: int = PAGE) -> Page:
    """Return up to `limit` cases in the order of their next deadline (closed ones: the newest first)."""
    found = _filtered(wanted)
    if after is not None:
        # The first condition is what the index is walked by; the second one leaves out what was shown.
        found = found.filter(sort_at__gte=after.sort_at).exclude(
            sort_at=after.sort_at, id__lte=after.id
        )
    rows = list(found.defer(*UNSHOWN).order_by("sort_at", "id")[: limit + 1])
    last = Cursor(rows[limit - 1].sort_at, rows[limit - 1].pk) if len(rows) > limit else None
    return Page(rows[:limit], last)


def _filtered(wanted: Wanted) -> QuerySet[Case]:
    found = Case.objects.filter(place=wanted.place)
    for name in ("queue", "assignee", "channel", "kind"):
        value = getattr(wanted, name)
        if value:
            found = found.filter(**{name: value})
    if wanted.unassigned:
        found = found.filter(assignee="")
    if wanted.late:
        found = found.filter(due_at__lt=now())
        if wanted.place == c.ACTIVE:
            found = found.filter(sort_at__lt=now_micros())
    if wanted.unanswered:
        found = found.filter(unanswered_since__isnull=False, sort_at__lt=QUIET)
    if wanted.theme:
        found = found.filter(of_theme(wanted.theme))
    if wanted.search:
        found = found.filter(pk__in=cases_with(wanted.search))
    return found


def of_theme(theme: str) -> Q:
    """Return what cases of a theme have: their JSON list as text, where SQLite keeps ä as an escape."""
    return Q(themes__icontains=json.dumps(theme, ensure_ascii=not is_postgres()))


class Counts(msgspec.Struct, frozen=True):
    """How many cases are in work: all, late, unanswered, of one person, of nobody; and by queue.

    Each is counted up to `MOST_COUNTED`: more is told as that many.
    """

    all: int
    late: int
    mine: int
    unassigned: int
    snoozed: int
    queues: dict[str, int]


def case_counts(username: str = "") -> Counts:
    """Return what the left pane shows. A query for each number, none of which reads more than it tells."""
    keys = [queue.key for queue in Queue.objects.all()]
    active = Wanted()
    return Counts(
        all=_count(active),
        late=_count(Wanted(late=True)),
        mine=_count(Wanted(assignee=username)) if username else 0,
        unassigned=_count(Wanted(unassigned=True)),
        snoozed=_count(Wanted(place=c.ASLEEP)),
        queues={key: _count(Wanted(queue=key)) for key in keys},
    )


def _count(wanted: Wanted) -> int:
    return _filtered(wanted).order_by()[:MOST_COUNTED].count()


def late_count() -> int:
    """Return how many cases in work are past their deadline, up to MOST_COUNTED."""
    return _count(Wanted(late=True))


class Thread(msgspec.Struct, frozen=True):
    """A case with its entries in order of time, also of those merged into it."""

    case: Case
    entries: Sequence[Entry]
    merged: Sequence[int] = ()


def thread_of(case: int | Case, *, limit: int = THREAD) -> Thread:
    """Return a case and its last `limit` entries, oldest first. Raises Case.DoesNotExist.

    A case that the caller has read already is not read again.
    """
    found = case if isinstance(case, Case) else Case.objects.get(pk=case)
    numbers = [found.pk]
    new = numbers
    while new:
        rows = Case.objects.filter(merged_into__in=new).order_by("pk")
        new = list(rows.values_list("pk", flat=True))
        numbers = [*numbers, *new]
    rows_of = Entry.objects.filter(case__in=numbers).order_by("-at", "-case_id", "-number")
    entries = sorted(rows_of[:limit], key=lambda one: (one.at, one.case_id, one.number))
    return Thread(found, entries, numbers[1:])


def cases_of(customer: int, *, limit: int = 20) -> list[Case]:
    """Return the latest cases of a customer, under all numbers that she has had; open ones first."""
    numbers = same_person_ids(customer) if customer else []
    rows = Case.objects.filter(customer_id__in=numbers, merged_into__isnull=True)
    is_closed = Switch(When(state=c.CLOSED, then=Value(1)), default=Value(0))
    return list(rows.defer(*UNSHOWN).order_by(is_closed, "-id")[:limit])


def open_cases_of(customers: Collection[int]) -> dict[int, int]:
    """Return how many open cases each of `customers` has, of those that have any."""
    rows = Case.objects.filter(
        customer_id__in=list(customers), place__in=(c.ACTIVE, c.ASLEEP)
    ).values_list("customer_id")
    return dict(rows.annotate(n=Count("pk")).order_by())


def person_of(case: Case) -> Person | None:
    """Return who a case is about, where that is known."""
    return people_of([case.customer_id]).get(case.customer_id) if case.customer_id else None


def queue_names(keys: Collection[str], reader: Reader) -> dict[str, str]:
    """Return what queues of work are called by their keys, those of playbooks among them."""
    rows = Queue.objects.filter(key__in=keys).values_list("key", "title")
    titled = {key: in_language(title, reader.language) for key, title in rows}
    return {key: titled.get(key) or queue_called(key) for key in keys}


def queues() -> list[Queue]:
    """Return the queues in their order."""
    return list(Queue.objects.all())


def opening_rules() -> OpeningRules:
    """Return when what is heard becomes a case."""
    newest = Rules.objects.order_by("-pk").first()
    told: dict[str, Any] = newest.document if newest else {}
    return msgspec.convert(told, OpeningRules)
