"""Reads of the desk: the list with its counts, a case with its thread, who is there, what is saved."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import msgspec
from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from keskio.kernel.clock import now, now_micros
from keskio.kernel.sql import fetch
from keskio.know.api import people_of
from keskio.respond.desk import contracts
from keskio.respond.desk.contracts import Row, Sight, Wanted
from keskio.respond.desk.models import Choices, DeskRules, Draft, LanguageModel, Nudge, Presence
from keskio.respond.desk.words import left_of, span
from keskio.respond.inbox.changing import roots_of
from keskio.respond.inbox.clockwork import QUIET
from keskio.respond.inbox.contracts import ACTIVE, ASLEEP, AWAY, DONE, EVENT
from keskio.respond.inbox.finding import cases_with
from keskio.respond.inbox.joining import tree_of
from keskio.respond.inbox.models import Case, Entry
from keskio.respond.inbox.queries import THREAD, UNSHOWN, of_theme, thread_of

PAGE = 40
FRESH = timedelta(seconds=20)
"""How long somebody counts as being there after the last sign of life: five ticks of the page."""
COUNTED = 1000
"""Counts go up to this: more says only that there are more."""


class Listed(msgspec.Struct, frozen=True):
    """A page of the list. `older` is the place to go on from ("" at the end)."""

    cases: list[Case]
    older: str


def cases_wanted(wanted: Wanted, username: str) -> QuerySet[Case]:
    """Return the cases that `wanted` names, in the order of the list."""
    places = {contracts.ASLEEP: ASLEEP, contracts.CLOSED: DONE}
    cases = Case.objects.exclude(place=AWAY)
    if not wanted.q or wanted.list in places:
        cases = Case.objects.filter(place=places.get(wanted.list, ACTIVE))
    cases = _of_list(cases, wanted.list, username)
    narrow = {"channel": wanted.channel, "kind": wanted.kind, "queue": wanted.queue}
    cases = cases.filter(**{name: value for name, value in narrow.items() if value})
    if wanted.theme:
        cases = cases.filter(of_theme(wanted.theme))
    if wanted.q:
        cases = cases.filter(_search(wanted.q.strip()))
    return cases.defer(*UNSHOWN).order_by("place", "sort_at", "id")


def _of_list(cases: QuerySet[Case], name: str, username: str) -> QuerySet[Case]:
    if name == contracts.NOW:
        return cases.filter(unanswered_since__isnull=False, sort_at__lt=QUIET)
    if name == contracts.MINE:
        return cases.filter(assignee=username)
    if name == contracts.UNASSIGNED:
        return cases.filter(assignee="")
    if name == contracts.LATE:
        # The order of the list is that of the deadlines: so the index ends where the late ones do.
        return cases.filter(due_at__lt=now(), sort_at__lt=now_micros())
    if name == contracts.NUDGED:
        return cases.filter(pk__in=nudged(username))
    return cases


def _search(q: str) -> Q:
    number = q.removeprefix("#")
    found = cases_with(q)
    # What was said in a case that has been merged into another is in that one now.
    cases = set(roots_of(found).values())
    if number.isascii() and number.isdigit() and len(number) < 12:
        cases.add(int(number))
    return Q(pk__in=cases)


def listed_cases(wanted: Wanted, username: str, *, after: str = "", limit: int = PAGE) -> Listed:
    """Return a page of the list from the place `after` on ("place.sort_at.id", as `older` says)."""
    cases = cases_wanted(wanted, username)
    place = _place(after)
    if place:
        one, sort_at, number = place
        later = Q(sort_at__gt=sort_at) | Q(sort_at=sort_at, pk__gt=number)
        cases = cases.filter(Q(place__gt=one) | Q(place=one) & later, place__gte=one)
    found = list(cases[: limit + 1])
    last = found[limit - 1] if len(found) > limit else None
    older = f"{last.place}.{last.sort_at}.{last.pk}" if last else ""
    return Listed(found[:limit], older)


def _place(after: str) -> tuple[int, int, int] | None:
    parts = after.split(".")
    if len(parts) != 3 or not all(part.lstrip("-").isdigit() for part in parts):
        return None
    return int(parts[0]), int(parts[1]), int(parts[2])


def list_counts(username: str) -> dict[str, int]:
    """Return how many cases stand in each list, each counted up to `COUNTED`."""
    named = (*contracts.LISTS[:4], contracts.ALL, contracts.ASLEEP)
    counts = _counted([cases_wanted(Wanted(list=name), username) for name in named])
    return {**dict(zip(named, counts, strict=True)), contracts.NUDGED: len(set(nudged(username)))}


def _counted(lists: Sequence[QuerySet[Case]]) -> list[int]:
    """Return how many cases each list has, up to COUNTED, by one query for all of them."""
    asked = [cases.order_by().values("pk")[:COUNTED].query.sql_with_params() for cases in lists]
    counts = ", ".join(f"(SELECT count(*) FROM ({sql}) AS counted)" for sql, _ in asked)  # noqa: S608 - Django's own
    params = [value for _, values in asked for value in values]
    return list(fetch(f"SELECT {counts}", params)[0])


def waiting_count() -> int:
    """Return how many cases wait for a reply of ours, for the menu."""
    return _counted([cases_wanted(Wanted(), "")])[0]


def nudged(username: str) -> QuerySet[Nudge, int]:
    """Return the numbers of the cases in which somebody was mentioned and has not looked yet."""
    mine = Nudge.objects.filter(username=username, seen_at__isnull=True)
    return mine.values_list("case_id", flat=True)


def rows_of(cases: Sequence[Case], username: str) -> list[Row]:
    """Return cases as rows of the list, with their people and who is at them: two queries in all."""
    at = now()
    people = people_of({case.customer_id for case in cases if case.customer_id})
    sights = sights_of([case.pk for case in cases], username, at)
    rows = []
    for case in cases:
        person = people.get(case.customer_id)
        name = (person.name or person.email or person.phone) if person else ""
        left, tone = left_of(case, at)
        since = case.unanswered_since
        sight = sights.get(case.pk, Sight())
        rows.append(
            Row(
                case=case,
                name=name or case.name or case.address or _("Unknown #%(n)d") % {"n": case.pk},
                waiting=span(at - since) if since is not None else "",
                left=left,
                tone=tone,
                others=tuple(sorted({*sight.looking, *sight.writing})),
            )
        )
    return rows


def sights_of(cases: Collection[int], username: str, at: datetime) -> dict[int, Sight]:
    """Return who else than `username` is at each of `cases` now."""
    found = Presence.objects.filter(case_id__in=cases, seen_at__gte=at - FRESH)
    here: dict[int, tuple[list[str], list[str]]] = {}
    for one in found.exclude(username=username).order_by("username"):
        here.setdefault(one.case_id, ([], []))[int(one.is_writing)].append(one.username)
    return {case: Sight(tuple(look), tuple(write)) for case, (look, write) in here.items()}


def entries_of(case: Case, *, after: int = 0) -> list[Entry]:
    """Return the newest entries of a case, and of those merged into it, in order of time.

    `after`: only those that were written after the entry of that id.
    """
    return [entry for entry in thread_of(case).entries if entry.pk > after]


def newest_said(case: int, entries: Sequence[Entry] | None = None) -> int:
    """Return the id of the newest message or note in a case (0: none): what a draft is based on.

    `entries`: what `entries_of` told, where the caller has it; enough unless the thread is cut.
    """
    if entries is not None and len(entries) < THREAD:
        return max((entry.pk for entry in entries if entry.kind != EVENT), default=0)
    said = Entry.objects.filter(case_id__in=tree_of(case)).exclude(kind=EVENT)
    return said.order_by("-pk").values_list("pk", flat=True).first() or 0


def draft_of(case: int, username: str) -> Draft | None:
    """Return what somebody has written to a case and not sent."""
    return Draft.objects.filter(case_id=case, username=username).first()


def choices_of(username: str) -> Choices:
    """Return what somebody has chosen; the defaults where nothing was."""
    return Choices.objects.filter(pk=username).first() or Choices(username=username)


def rules_in_force() -> DeskRules:
    """Return what holds for everybody."""
    return DeskRules.objects.first() or DeskRules()


def language_model() -> LanguageModel | None:
    """Return the language model that may draft, if an administrator has turned one on."""
    return LanguageModel.objects.filter(is_on=True).exclude(address="").first()


def colleagues() -> dict[str, str]:
    """Return who may answer, by username, with the name that is shown."""
    people = User.objects.filter(is_active=True).order_by("username")
    return {one.username: one.get_full_name() or one.username for one in people}
