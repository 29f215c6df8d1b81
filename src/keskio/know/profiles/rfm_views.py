"""Pages of RFM: the grid with its versions, and the customers of a cell."""

from __future__ import annotations

from typing import Any

import msgspec
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from keskio.engine.scores.rfm import SCORES, Cuts
from keskio.know.profiles import words
from keskio.know.profiles.actions import RFM, ask_for
from keskio.know.profiles.models import RfmScore, RfmVersion
from keskio.know.profiles.queries import rows_with_people, rule_in_force, versions, work_on
from keskio.know.profiles.shapes import Cell, Moved, Movement
from keskio.web.paging import page_of_rows
from keskio.web.roles import editor

_DAY = 86_400_000_000


@require_safe
def rfm(request: HttpRequest) -> HttpResponse:
    """Show the grid of a version, its cut points, and who moved since the one before."""
    found = versions()
    asked = request.GET.get("version", "")
    shown = next((v for v in found if v.month == asked), found[0] if found else None)
    context: dict[str, Any] = {
        "rule": rule_in_force(),
        "work": work_on(RFM),
        "versions": found,
        "version": shown,
        "is_newest": bool(found) and shown is found[0],
    }
    if shown is not None:
        context |= _told(shown, context["rule"].currency if context["rule"] else "")
    live = request.headers.get("HX-Request") == "true"
    return render(request, "profiles/_rfm.html" if live else "profiles/rfm.html", context)


def _told(version: RfmVersion, currency: str) -> dict[str, Any]:
    cells = msgspec.json.decode(version.cells, type=list[Cell])
    of = {(cell.r, cell.f): cell for cell in cells}
    scores = range(SCORES, 0, -1)
    cuts = msgspec.json.decode(version.cuts, type=Cuts)
    moved = msgspec.json.decode(version.movement, type=Movement)
    return {
        "scores": range(1, SCORES + 1),
        "grid": [
            (r, [_cell_told(of.get((r, f)), r, f, currency) for f in reversed(scores)])
            for r in scores
        ],
        "cuts": [
            (_("Recency: days since the last purchase"), _points(cuts.recency)),
            (_("Frequency: days with a purchase"), _points(cuts.frequency)),
            (_("Monetary: value of all purchases"), _points(cuts.monetary)),
        ],
        "moved": moved if moved.since else None,
        "parts": [
            (_("Recency"), *_moves(moved.r)),
            (_("Frequency"), *_moves(moved.f)),
            (_("Monetary"), *_moves(moved.m)),
        ],
    }


def _cell_told(cell: Cell | None, r: int, f: int, currency: str) -> dict[str, Any]:
    if cell is None:
        return {"r": r, "f": f, "customers": 0, "tone": 0}
    return {
        "r": r,
        "f": f,
        "customers": cell.customers,
        "tone": max(1, min(SCORES, round(cell.m))),
        "total": f"{words.about(cell.total)} {currency}",
        "m": words.decimal(cell.m, 1),
    }


def _points(points: tuple[float, ...]) -> list[str]:
    return [words.decimal(point, 0 if point == int(point) else 2) for point in points]


def _moves(moved: Moved) -> tuple[int, int, int, int]:
    return moved.customers_up, moved.customers_down, moved.cuts_up, moved.cuts_down


@require_POST
@editor
def compute(request: HttpRequest) -> HttpResponse:
    """Ask for scores to be computed now."""
    ask_for(RFM)
    messages.success(request, _("Scores are being computed."))
    return redirect("profiles:rfm")


@require_safe
def cell(request: HttpRequest, r: int, f: int) -> HttpResponse:
    """List the customers of a cell, those who have spent most first."""
    if not (1 <= r <= SCORES and 1 <= f <= SCORES):
        raise Http404(_("There is no such cell."))
    page = page_of_rows(request, RfmScore.objects.filter(r=r, f=f).order_by("-total", "pk"))
    rule_now = rule_in_force()
    currency = rule_now.currency if rule_now else ""
    context = {
        "r": r,
        "f": f,
        "page": page,
        "rows": [
            (row, person, row.last_day * _DAY, f"{words.about(row.total)} {currency}")
            for row, person in rows_with_people(page.items)
        ],
    }
    return render(request, "profiles/cell.html", context)
