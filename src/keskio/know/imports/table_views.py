"""Pages of watched tables, for administrators: what each takes in, how it went, and trying it out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from keskio.jobs.api import wake
from keskio.kernel.clock import now, now_micros
from keskio.kernel.errors import KeskioError, Mistake
from keskio.kernel.sql import run
from keskio.know.imports.mapping import read_mapping
from keskio.know.imports.models import Table
from keskio.know.imports.pulling import preview
from keskio.know.imports.remote import address_of, check_query, shown_address
from keskio.know.imports.views import row_told
from keskio.know.imports.words import COUNTS, sentence_of
from keskio.web.paging import page_of_rows
from keskio.web.roles import admin, reader

TONES = {"done": "good", "failed": "bad", "running": "brand", "stopped": "warn"}
STATES = {
    "": gettext_lazy("Not run yet"),
    "running": gettext_lazy("Running"),
    "done": gettext_lazy("Done"),
    "failed": gettext_lazy("Failed"),
    "stopped": gettext_lazy("Stopped"),
    "accepted": gettext_lazy("Waiting to run"),
}
FIRST_MAPPING = """\
identifiers: {crm: customer_number, email: email}
traits:
  firstName: first_name
  lastName: last_name
"""


class TableForm(forms.ModelForm):  # type: ignore[type-arg]
    """A table to watch. The address is never shown again; left empty it stays as it is."""

    address = forms.CharField(
        label=gettext_lazy("Address of the database"),
        required=False,
        help_text=gettext_lazy(
            "postgresql://user:password@host/name, mysql://… or sqlite:///path. Better: env:NAME or"
            " file:PATH of where the address stands, so that no password is kept here."
        ),
        widget=forms.TextInput(attrs={"class": "input mono", "autocomplete": "off"}),
    )

    class Meta:
        model = Table
        fields = (
            "title",
            "address",
            "query",
            "keys",
            "mark_column",
            "mapping",
            "every_minutes",
            "vanished",
            "vanished_trait",
            "is_on",
        )
        labels = {
            "title": gettext_lazy("Name"),
            "query": gettext_lazy("Query"),
            "keys": gettext_lazy("Key columns"),
            "mark_column": gettext_lazy("Column that grows with each change"),
            "mapping": gettext_lazy("Mapping (YAML)"),
            "every_minutes": gettext_lazy("Every so many minutes"),
            "vanished": gettext_lazy("What it means when a row is no longer there"),
            "vanished_trait": gettext_lazy("The trait that is then set"),
            "is_on": gettext_lazy("In use"),
        }
        help_texts = {
            "query": gettext_lazy("One SELECT. Keskiö only reads."),
            "keys": gettext_lazy("The columns that tell rows apart, with commas between them."),
            "mark_column": gettext_lazy(
                "Optional, for large tables: only rows that are newer than the last time are asked for."
                " Rows that vanish are not noticed then."
            ),
        }
        widgets = {
            "query": forms.Textarea(
                attrs={"class": "input mono", "rows": 8, "spellcheck": "false"}
            ),
            "mapping": forms.Textarea(
                attrs={"class": "input mono", "rows": 14, "spellcheck": "false"}
            ),
        }

    def clean(self) -> dict[str, Any]:
        """Check what can be checked without the other database."""
        told: dict[str, Any] = super().clean() or {}
        told["address"] = told.get("address") or self.instance.address
        checks: dict[str, Callable[[], object]] = {
            "address": lambda: address_of(told["address"]),
            "query": lambda: check_query(
                told.get("query", ""), address_of(told["address"]).get_backend_name()
            ),
            "mapping": lambda: read_mapping(told.get("mapping", "")),
        }
        for name, check in checks.items():
            try:
                if name not in self.errors:
                    check()
            except Mistake as mistake:
                if not (name == "query" and "address" in self.errors):
                    self.add_error(name, mistake.message)
        if told.get("vanished") == Table.Vanished.TRAIT and not told.get("vanished_trait"):
            self.add_error("vanished_trait", _("Name the trait."))
        if (told.get("every_minutes") or 0) < 1:
            self.add_error("every_minutes", _("Write 1 or more."))
        return told


@require_safe
@reader
def tables(request: HttpRequest) -> HttpResponse:
    """List the tables with how their last run went."""
    page = page_of_rows(request, Table.objects.all())
    rows = [
        (
            table,
            TONES.get(table.state, "plain"),
            STATES.get(table.state, table.state),
            _counts(table),
        )
        for table in page.items
    ]
    return render(request, "imports/tables.html", {"page": page, "rows": rows})


@require_http_methods(["GET", "POST"])
@admin
def add(request: HttpRequest) -> HttpResponse:
    """Add a table, and lead to trying it out."""
    form = TableForm(request.POST or None, initial={"mapping": FIRST_MAPPING})
    if request.method == "POST" and form.is_valid():
        table = form.save(commit=False)
        table.key = _key_for(table.title)
        table.due_at = now()
        table.save()
        messages.success(request, _("Added. Try the connection out, or wait for the first run."))
        return redirect("imports:table", table.key)
    return render(request, "imports/table_add.html", {"form": form})


@require_http_methods(["GET", "POST"])
@admin
def table(request: HttpRequest, key: str) -> HttpResponse:
    """Show a table: its last run with errors, and how it is read; change it."""
    found = get_object_or_404(Table, key=key)
    before = (found.mapping, found.query, found.keys)
    form = TableForm(request.POST or None, instance=found, initial={"address": ""})
    if request.method == "POST" and form.is_valid():
        saved = form.save()
        if (saved.mapping, saved.query, saved.keys) != before:  # all rows are to be read anew
            run("UPDATE imports_kept SET hash = 0 WHERE table_id = %s", (saved.pk,))
            Table.objects.filter(pk=saved.pk).update(mark="")
        messages.success(request, _("Saved."))
        return redirect("imports:table", key)
    if request.method == "POST":
        found.refresh_from_db()
    return _show(request, found, form)


@require_POST
@admin
def act(request: HttpRequest, key: str) -> HttpResponse:
    """Run a table now, try its connection out, let rows vanish, or take it away."""
    found = get_object_or_404(Table, key=key)
    what = request.POST.get("what", "")
    if what == "test":
        return _show(
            request, found, TableForm(instance=found, initial={"address": ""}), is_test=True
        )
    if what in ("run", "accept"):
        state = {"state": "accepted"} if what == "accept" else {}
        Table.objects.filter(pk=found.pk).update(due_at=now_micros(), is_on=True, **state)
        wake()
        messages.success(request, _("It runs in a moment."))
    elif what == "remove":
        found.delete()
        messages.success(request, _("The table is no longer watched. Customers stay."))
        return redirect("imports:tables")
    return redirect("imports:table", key)


def _show(
    request: HttpRequest, found: Table, form: TableForm, *, is_test: bool = False
) -> HttpResponse:
    told = msgspec.json.decode(found.counts) or {}
    context: dict[str, Any] = {
        "table": found,
        "form": form,
        "address": shown_address(found.address),
        "tone": TONES.get(found.state, "plain"),
        "state": STATES.get(found.state, found.state),
        "counts": [(title, _counts(found).get(kind, 0)) for kind, title in COUNTS.items()],
        "faults": [
            (column, value, sentence_of(why)) for column, value, why in told.get("faults", [])
        ],
    }
    if is_test:
        try:
            names, cells, rows = preview(found)
            told_rows = [row_told(row) for row in rows]
            context |= {
                "names": names,
                "rows": list(zip(cells, told_rows, strict=True)),
                "tested": True,
            }
        except KeskioError as error:
            context["test_mistake"] = error.message
    return render(request, "imports/table.html", context)


def _counts(table: Table) -> dict[str, int]:
    counts: dict[str, int] = msgspec.json.decode(table.counts).get("counts", {})
    return counts


def _key_for(title: str) -> str:
    stem = slugify(title)[:50] or "table"
    taken = set(Table.objects.filter(key__startswith=stem).values_list("key", flat=True)) | {"add"}
    numbered = (f"{stem}-{number}" for number in range(2, len(taken) + 3))
    return stem if stem not in taken else next(key for key in numbered if key not in taken)
