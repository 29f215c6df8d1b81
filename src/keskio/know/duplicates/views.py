"""Pages of the wing: the queue of pairs that may be one person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from keskio.know.contracts import Person
from keskio.know.duplicates import words
from keskio.know.duplicates.actions import (
    AlreadyDecided,
    ask_for_search,
    keep_apart,
    merge_pair,
)
from keskio.know.duplicates.likeness import shown_values
from keskio.know.duplicates.models import Candidate
from keskio.know.duplicates.queries import evidence_in, last_search, traits_of, waiting
from keskio.know.queries import people_of
from keskio.web.paging import page_of_rows
from keskio.web.roles import editor

_PAGE = 10


class Line(msgspec.Struct, frozen=True):
    """What one field says of a pair."""

    field: str | Promise
    one: str
    other: str
    level: str | Promise
    tone: str
    sign: str
    weight: str | Promise


class Shown(msgspec.Struct, frozen=True):
    """A pair as the page shows it; `percent` is how likely it is one person, never 100."""

    pk: int
    one: Person
    other: Person
    percent: int
    lines: Sequence[Line]


@require_safe
def duplicates(request: HttpRequest) -> HttpResponse:
    """List the pairs that wait for a decision, the likeliest first."""
    page = page_of_rows(request, waiting(), size=_PAGE)
    context = {
        "page": page,
        "pairs": _shown(page.items),
        "search": last_search(),
    }
    live = request.headers.get("HX-Request") == "true"
    return render(request, "duplicates/_queue.html" if live else "duplicates/queue.html", context)


@require_POST
@editor
def search(request: HttpRequest) -> HttpResponse:
    """Ask for a search; it begins within seconds."""
    ask_for_search(by=request.user.get_username())
    messages.success(request, _("The search begins in a moment."))
    return redirect("duplicates:duplicates")


@require_POST
@editor
def decide(request: HttpRequest, pk: int, answer: str) -> HttpResponse:
    """Make the pair one customer, or keep it apart for good."""
    by = request.user.get_username()
    try:
        if answer == Candidate.MERGED:
            merge_pair(pk, by=by)
            messages.success(request, _("They are one customer now. You can undo it on the page."))
        else:
            keep_apart(pk, by=by)
            messages.success(request, _("They stay two. You will not be asked again."))
    except AlreadyDecided:
        messages.info(request, _("Somebody had decided about this pair already."))
    return redirect("duplicates:duplicates")


def _shown(candidates: Sequence[Candidate]) -> list[Shown]:
    ids = sorted({id_ for c in candidates for id_ in (c.low_id, c.high_id)})
    people, traits = people_of(ids), traits_of(ids)
    return [_pair(c, people, traits) for c in candidates if {c.low_id, c.high_id} <= people.keys()]


def _pair(
    candidate: Candidate, people: Mapping[int, Person], traits: Mapping[int, Mapping[str, Any]]
) -> Shown:
    one, other = people[candidate.low_id], people[candidate.high_id]
    ours = shown_values(traits[candidate.low_id], one.name, one.email, one.phone)
    theirs = shown_values(traits[candidate.high_id], other.name, other.email, other.phone)
    lines = []
    for said in sorted(evidence_in(candidate), key=lambda evidence: -evidence.ratio):
        tone, sign, weight = words.tone_of(said.ratio)
        field, level = words.FIELDS[said.field], words.LEVELS[said.level]
        values = ours.get(said.field, ""), theirs.get(said.field, "")
        lines.append(Line(field, *values, level, tone, sign, weight))
    percent = min(99, int(candidate.probability * 100))
    return Shown(candidate.pk, one, other, percent, lines)
