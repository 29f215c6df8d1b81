"""Pages of the wing: computed traits, one of them, and the making of one with a preview."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from keskio.events.api import cursor_of, last_position
from keskio.kernel.clock import now_micros
from keskio.kernel.errors import KeskioError, Mistake
from keskio.kernel.sql import fetch
from keskio.know.computed.actions import (
    add_definition,
    change_definition,
    end_definition,
    recompute,
)
from keskio.know.computed.asking import answers_of, check_sql
from keskio.know.computed.following import CURSOR, IDLE_STEP
from keskio.know.computed.forms import EventsForm, SqlForm, initial_of
from keskio.know.computed.models import Definition
from keskio.know.computed.previewing import Sample, samples_of
from keskio.know.computed.queries import customers_with_value, document_of
from keskio.know.computed.recipes import Question, read_definition
from keskio.know.computed.words import STATES, TONES, said
from keskio.know.queries import people_of
from keskio.web.roles import editor


@require_safe
def definitions(request: HttpRequest) -> HttpResponse:
    """List the computed traits with their freshness, duration and errors; for htmx only the list."""
    rows = list(Definition.objects.all())
    counts = customers_with_value([row.pk for row in rows])
    context = {
        "rows": [_drawn(row, counts) for row in rows],
        "behind": _behind() if rows else 0,
    }
    live = request.headers.get("HX-Request") == "true"
    return render(request, "computed/_traits.html" if live else "computed/traits.html", context)


def _behind() -> int:
    """Return how many events have not been looked at; a few that are not its own it leaves for later."""
    behind = last_position() - cursor_of(CURSOR)
    return behind if behind > IDLE_STEP else 0


@require_safe
def definition(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one computed trait: what it is, how fresh, and some values."""
    row = get_object_or_404(Definition, pk=pk)
    values = fetch(
        "SELECT customer_id, value, computed_at, next_at FROM computed_value"
        " WHERE definition_id = %s AND value <> 'null' ORDER BY customer_id DESC LIMIT 20",
        (pk,),
    )
    people = people_of([customer for customer, *_rest in values])
    document = document_of(row)
    context = {
        **_drawn(row, customers_with_value([pk])),
        "document": document,
        "values": [(people.get(c), json.loads(v), at, next_at) for c, v, at, next_at in values],
    }
    return render(request, "computed/trait.html", context)


def _drawn(row: Definition, counts: dict[int, int]) -> dict[str, Any]:
    return {
        "trait": row,
        "said": said(document_of(row)),
        "state": STATES[row.state],
        "tone": "bad" if row.error else TONES[row.state],
        "count": counts.get(row.pk, 0),
        "milliseconds": max(1, round(row.took / 1000)) if row.took else None,
    }


@require_http_methods(["GET", "POST"])
@editor
def edit(request: HttpRequest, pk: int | None = None, kind: str = "events") -> HttpResponse:
    """Make or change a computed trait; "Preview" shows values of sample customers first."""
    row = get_object_or_404(Definition, pk=pk) if pk else None
    document = document_of(row) if row else None
    is_sql = "sql" in document if document else kind == "sql"
    form_class = SqlForm if is_sql else EventsForm
    form = form_class(request.POST or None, initial=initial_of(document) if document else None)
    if row:
        form.fields["key"].disabled = True
    samples: list[Sample] | None = None
    answers: list[tuple[Any, Any]] | None = None
    if request.method == "POST" and form.is_valid():
        try:
            if request.POST.get("what") == "preview":
                samples, answers = _previewed(form.document())
            else:
                by = request.user.get_username()
                made = (
                    change_definition(row.pk, form.document(), by=by)
                    if row
                    else add_definition(form.document(), by=by)
                )
                messages.success(request, _("Saved. It is being computed for everybody."))
                return redirect("computed:trait", made.pk)
        except KeskioError as fault:
            form.add_error(None, fault.message)
    context = {"form": form, "trait": row, "is_sql": is_sql, "samples": samples, "answers": answers}
    return render(request, "computed/edit.html", context)


def _previewed(
    document: dict[str, Any],
) -> tuple[list[Sample] | None, list[tuple[Any, Any]] | None]:
    read = read_definition(document)
    if not isinstance(read, Question):
        return samples_of(read, now_micros()), None
    check_sql(read.sql)
    found = list(answers_of(read).items())[:8]
    people = people_of([customer for customer, _value in found])
    return None, [(people[customer], value) for customer, value in found if customer in people]


@require_POST
@editor
def anew(request: HttpRequest, pk: int) -> HttpResponse:
    """Compute a trait anew from everything."""
    recompute(get_object_or_404(Definition, pk=pk).pk)
    messages.success(request, _("It is being computed anew."))
    return redirect("computed:trait", pk)


@require_POST
@editor
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a computed trait away from everybody."""
    try:
        end_definition(get_object_or_404(Definition, pk=pk).pk)
    except Mistake as fault:
        messages.error(request, fault.message)
    else:
        messages.success(request, _("The trait is being taken away from everybody."))
    return redirect("computed:traits")
