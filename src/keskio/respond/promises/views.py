"""Pages of the wing: promises to keep, one promise with what became of it, and the report."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import timedelta

import msgspec
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST, require_safe

from keskio.kernel.clock import now, to_micros
from keskio.know.api import people_of
from keskio.know.contracts import Person
from keskio.respond.promises import actions
from keskio.respond.promises import forms as f
from keskio.respond.promises import queries as q
from keskio.respond.promises.contracts import OPEN, PERSON, NewPromise
from keskio.respond.promises.models import Promise
from keskio.web.paging import page_of_rows
from keskio.web.roles import editor
from keskio.web.words import channel_called, week_called

WEEKS = 12
SAID = {
    f.KEEP: lambda: _("The promise has been kept."),
    f.BREAK: lambda: _(
        "The promise is recorded as broken; a case has been opened for putting it right."
    ),
    f.WITHDRAW: lambda: _("The promise no longer stands."),
    f.RIGHT: lambda: _("It has been put right; campaigns are no longer held back for it."),
    f.MOVE: lambda: _("The promise has a new time."),
}


class Row(msgspec.Struct, frozen=True):
    """A promise with its customer, as a list shows it."""

    promise: Promise
    person: Person | None


class Table(msgspec.Struct, frozen=True):
    """One table of the report."""

    title: str
    first: str
    lines: Sequence[q.Line]


@require_safe
def promises(request: HttpRequest) -> HttpResponse:
    """List promises, those due first first; for htmx only the part that changes."""
    form = f.FilterForm(request.GET)
    chosen = form.cleaned_data if form.is_valid() else {}
    state = chosen.get("state") or OPEN
    name = request.user.get_username()
    found = q.promises_in(
        state,
        owner=name if chosen.get("mine") else "",
        origin=chosen.get("origin", ""),
        team=chosen.get("team", ""),
    )
    page = page_of_rows(request, found)
    context = {
        "page": page,
        "rows": rows_of(list(page.items)),
        "counts": q.promise_counts(name),
        "state": state,
        "chosen": chosen,
        "teams": q.team_names(),
        "origins": Promise.Origin.choices,
    }
    live = request.headers.get("HX-Request") == "true"
    return render(request, "promises/_promises.html" if live else "promises/promises.html", context)


@require_safe
def promise(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one promise; for editors what became of it."""
    return _show(request, _promise(pk), f.AnswerForm())


@require_POST
@editor
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Record what became of a promise."""
    found = _promise(pk)
    form = f.AnswerForm(request.POST)
    if not form.is_valid():
        return _show(request, found, form)
    given, by = form.cleaned_data, request.user.get_username()
    note, what = given["note"], given["answer"]
    if what == f.KEEP:
        done = actions.keep(pk, by=by, note=note)
    elif what == f.BREAK:
        done = actions.break_(pk, by=by, note=note)
    elif what == f.WITHDRAW:
        done = actions.withdraw(pk, by=by, note=note)
    elif what == f.RIGHT:
        done = actions.put_right(pk, by=by, note=note)
    else:
        done = actions.postpone(pk, given["due_at"], by=by, note=note)
    if done:
        messages.success(request, SAID[what]())
    else:
        messages.warning(request, _("Somebody has recorded this already: nothing changed."))
    return redirect("promises:promise", pk=pk)


@editor
def make(request: HttpRequest, customer: int) -> HttpResponse:
    """Record a promise that was made to a customer by word of mouth."""
    person = people_of([customer]).get(customer)
    if person is None:
        raise Http404(_("There is no such customer."))
    form = f.MakeForm(request.POST or None, initial={"owner": request.user.get_username()})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        made = actions.make(
            NewPromise(
                customer=person.id,
                text=given["text"],
                due_at=to_micros(given["due_at"]),
                origin=PERSON,
                key=secrets.token_hex(12),
                by=request.user.get_username(),
                owner=given["owner"],
            )
        )
        messages.success(request, _("The promise is on record."))
        return redirect("promises:promise", pk=made.pk)
    context = {"form": form, "person": person}
    return render(request, "promises/make.html", context, status=422 if form.errors else 200)


@require_safe
def report(request: HttpRequest) -> HttpResponse:
    """Show which share of promises was kept: in all, by origin, channel, team and week."""
    at = now()
    found = q.come_due(at - timedelta(weeks=WEEKS), at)
    origins = dict(Promise.Origin.choices)
    tables = [
        Table(
            _("By origin"),
            pgettext("promise", "Origin"),
            q.lines_by(found, lambda one: str(origins.get(one.origin, one.origin))),
        ),
        Table(_("By team"), _("Team"), q.lines_by(found, lambda one: one.team or "–")),
        Table(
            _("By channel"),
            _("Channel"),
            q.lines_by(found, lambda one: channel_called(one.channel) or "–"),
        ),
        Table(_("By week"), _("Week"), _named_weeks(q.lines_by_week(found))),
    ]
    context = {
        "whole": q.line_of("", found) if found else None,
        "tables": tables,
        "weeks": WEEKS,
        "enough": q.ENOUGH,
    }
    return render(request, "promises/report.html", context)


def _named_weeks(lines: Sequence[q.Line]) -> list[q.Line]:
    return [msgspec.structs.replace(line, name=week_called(line.name)) for line in lines]


def rows_of(found: Sequence[Promise]) -> list[Row]:
    """Return promises with their customers, read in one query."""
    people = people_of({one.customer_id for one in found if one.customer_id})
    return [Row(one, people.get(one.customer_id)) for one in found]


def _show(request: HttpRequest, found: Promise, form: f.AnswerForm) -> HttpResponse:
    (row,) = rows_of([found])
    context = {"promise": found, "person": row.person, "form": form}
    return render(request, "promises/promise.html", context, status=422 if form.errors else 200)


def _promise(pk: int) -> Promise:
    found = Promise.objects.filter(pk=pk).first()
    if found is None:
        raise Http404(_("There is no such promise."))
    return found
