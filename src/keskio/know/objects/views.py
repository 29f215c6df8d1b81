"""Pages of the wing: kinds, objects of a kind, one object, and what a customer has."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from keskio.kernel.errors import Mistake
from keskio.know.objects.actions import save_kind, take_objects
from keskio.know.objects.browsing import (
    Row,
    history_of,
    kinds_seen,
    object_by,
    objects_found,
    objects_of_customer,
    owners_of,
)
from keskio.know.objects.contracts import DATE, TIME, Field, NewObject
from keskio.know.objects.forms import FilterForm, KindForm, ObjectForm, line_of
from keskio.know.objects.queries import fields_of_kinds
from keskio.know.objects.values import read_fields
from keskio.know.objects.words import called, kind_called, shown
from keskio.know.queries import people_of
from keskio.web.paging import PAGE_SIZE, page_number, page_of
from keskio.web.roles import admin, editor


@require_safe
def kinds(request: HttpRequest) -> HttpResponse:
    """List the kinds with how many objects are in force."""
    return render(request, "objects/kinds.html", {"kinds": kinds_seen()})


@require_safe
def objects(request: HttpRequest, kind: str) -> HttpResponse:
    """List the objects of a kind, newest first."""
    fields = _fields(kind)
    dates = {f.name: called(f) for f in fields.values() if f.type in {DATE, TIME}}
    form = FilterForm(request.GET, dates=dates)
    told = form.cleaned_data if form.is_valid() else {}
    found = objects_found(
        kind,
        text=told.get("q", ""),
        state=told.get("state", ""),
        dates=(told.get("date", ""), told.get("since", ""), told.get("until", "")),
        offset=(page_number(request) - 1) * PAGE_SIZE,
        limit=PAGE_SIZE + 1,
    )
    page = page_of(request, found)
    columns = list(fields.values())[:4]
    people = people_of({row.customer for row in page.items})
    rows = [(row, people.get(row.customer), _cells(row, columns)) for row in page.items]
    context = {
        "kind": kind,
        "title": _title(kind),
        "columns": [called(field) for field in columns],
        "rows": rows,
        "page": page,
        "filter": form,
    }
    return render(request, "objects/objects.html", context)


def _cells(row: Row, columns: list[Field]) -> list[tuple[str, str]]:
    return [(called(field), shown(field, row.fields.get(field.name))) for field in columns]


@require_safe
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one object: its fields, its owners and what has happened to it."""
    found = _object(pk)
    fields = _fields(found.kind)
    owners = owners_of(pk)
    people = people_of({customer for customer, _, _ in owners} | {found.customer})
    context = {
        "object": found,
        "title": _title(found.kind),
        "owner": people.get(found.customer),
        "facts": _facts(found, fields),
        "owners": [(people.get(customer), since, until) for customer, since, until in owners],
        "history": [(change, _changed(change.fields, fields)) for change in history_of(found)],
    }
    return render(request, "objects/object.html", context)


def _facts(found: Row, fields: dict[str, Field]) -> list[tuple[str, str]]:
    known = [(called(f), shown(f, found.fields.get(f.name))) for f in fields.values()]
    return known + [(n, shown(None, v)) for n, v in found.fields.items() if n not in fields]


def _changed(
    told: list[tuple[str, Any, Any]], fields: dict[str, Field]
) -> list[tuple[str, str, str]]:
    found = []
    for name, before, after in told:
        field = fields.get(name)
        label = called(field) if field else name
        found.append((label, shown(field, before), shown(field, after)))
    return found


@require_http_methods(["GET", "POST"])
@editor
def add(request: HttpRequest, customer: int, kind: str) -> HttpResponse:
    """Add an object to a customer."""
    person = people_of([customer]).get(customer)
    if person is None:
        raise Http404
    form = ObjectForm(request.POST or None, fields=_fields(kind))
    if request.method == "POST" and form.is_valid():
        row = NewObject(kind, form.cleaned_data["key"], _known(form.told()), customer=person.id)
        if _take(request, form, row, _("The object was added.")):
            return redirect("know:customer", pk=person.id)
    context = {"form": form, "title": _title(kind), "kind": kind, "person": person}
    return render(request, "objects/edit.html", context)


@require_http_methods(["GET", "POST"])
@editor
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change an object's fields."""
    found = _object(pk)
    initial = {f"field-{name}": _as_typed(value) for name, value in found.fields.items()}
    form = ObjectForm(
        request.POST or None, fields=_fields(found.kind), is_new=False, initial=initial
    )
    if request.method == "POST" and form.is_valid():
        changed = {
            name: value
            for name, value in form.told().items()
            if (value or "") != _as_typed(found.fields.get(name))
        }
        if _take(request, form, NewObject(found.kind, found.key, changed), _("Saved.")):
            return redirect("objects:object", pk)
    context = {"form": form, "title": _title(found.kind), "object": found}
    return render(request, "objects/edit.html", context)


@require_POST
@editor
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """End an object (sold, over, cancelled), or let it be in force again."""
    found = _object(pk)
    take_objects([NewObject(found.kind, found.key, ended=found.ended_at is None)])
    said = _("It is in force again.") if found.ended_at else _("The object has ended.")
    messages.success(request, said)
    return redirect("objects:object", pk)


@require_http_methods(["GET", "POST"])
@admin
def kind(request: HttpRequest, key: str = "") -> HttpResponse:
    """Make a kind, or change the title and fields of one."""
    known = next((kind for kind in kinds_seen() if kind.key == key), None)
    if key and known is None:
        raise Http404
    initial = {}
    if known:
        lines = "\n".join(line_of(field) for field in known.fields.values())
        initial = {"key": known.key, "title": known.title, "fields_text": lines}
    form = KindForm(request.POST or None, initial=initial)
    if known:
        form.fields["key"].disabled = True
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            saved = save_kind(told["key"], title=told["title"], fields=told["fields_text"])
        except Mistake as fault:
            form.add_error(None, fault.message)
        else:
            messages.success(request, _("Saved."))
            return redirect("objects:objects", saved)
    return render(request, "objects/kind.html", {"form": form, "known": known})


def draw_customer(request: HttpRequest, customer: int | None) -> str | None:
    """Return the customer page's panel of what the customer has."""
    rows = objects_of_customer(customer or 0)
    kinds_ = kinds_seen()
    titles = {kind.key: kind for kind in kinds_}
    drawn = []
    for row in rows:
        fields = titles[row.kind].fields if row.kind in titles else {}
        facts = [(label, value) for label, value in _facts(row, fields) if value != "–"]
        drawn.append((row, kind_called(row.kind, titles[row.kind].title), facts[:4]))
    context = {"rows": drawn, "kinds": kinds_, "customer": customer}
    return render_to_string("objects/_customer.html", context, request)


def _take(request: HttpRequest, form: ObjectForm, row: NewObject, said: str) -> bool:
    """Take a row that a person wrote; what does not fit is said beside the form and nothing is kept."""
    fields = {f.name: f for f in _fields(row.kind).values()}
    _kept, wrong = read_fields(row.fields, fields)
    for name, sentence in wrong.items():
        form.add_error(f"field-{name}" if f"field-{name}" in form.fields else None, sentence)
    if wrong:
        return False
    taken = take_objects([row])
    for _number, sentence in taken.faults:
        form.add_error(None, sentence)
    if taken.faults:
        return False
    messages.success(request, said)
    return True


def _known(told: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if value is not None}


def _as_typed(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _fields(kind: str) -> dict[str, Field]:
    kinds = fields_of_kinds()
    if kind not in kinds:
        raise Http404
    return kinds[kind]


def _title(kind: str) -> str:
    return next((seen.title for seen in kinds_seen() if seen.key == kind), kind)


def _object(pk: int) -> Row:
    found = object_by(pk)
    if found is None:
        raise Http404
    return found
