"""Pages of files: what came, the mapping with a preview, the trial, the run, the report."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from keskio.kernel.clock import MICROSECOND, now
from keskio.kernel.errors import Mistake
from keskio.know.imports import actions
from keskio.know.imports.columns import changed, columns_in, columns_told
from keskio.know.imports.files import Shape, lines_of
from keskio.know.imports.forms import MappingForm, UploadForm
from keskio.know.imports.mapping import Mapping, read_mapping, write_mapping
from keskio.know.imports.models import Import, Table
from keskio.know.imports.reports import fault_rows, report_csv
from keskio.know.imports.rows import Reader, Row
from keskio.know.imports.words import COUNTS, sentence_of
from keskio.web.paging import page_of_rows
from keskio.web.roles import editor, reader

PREVIEWED = 8
SAMPLED = 50
FAULTS_SHOWN = 50
READ_AS = (
    ("text", gettext_lazy("Text")),
    ("number", gettext_lazy("Number")),
    ("date", gettext_lazy("Day")),
    ("time", gettext_lazy("Time")),
    ("flag", gettext_lazy("Yes or no")),
    ("list", gettext_lazy("List")),
)
State = Import.State
TONES = {"done": "good", "failed": "bad", "running": "brand", "trying": "brand", "paused": "warn"}
EDITABLE = (State.DRAFT, State.TRIED, State.FAILED, State.STOPPED)


@require_safe
@reader
def imports(request: HttpRequest) -> HttpResponse:
    """List the files that came, the newest first, and the tables that are watched."""
    page = page_of_rows(request, Import.objects.all())
    rows = [(job, TONES.get(job.state, "plain"), _counts(job)) for job in page.items]
    context = {"page": page, "rows": rows, "tables": Table.objects.count()}
    return render(request, "imports/imports.html", context)


@require_http_methods(["GET", "POST"])
@editor
def new(request: HttpRequest) -> HttpResponse:
    """Take a file, and lead to its mapping."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            made = actions.receive_file(file.name, file.chunks(), by=request.user.get_username())
        except Mistake as mistake:
            form.add_error("file", mistake.message)
        else:
            return redirect("imports:import", made.pk)
    return render(request, "imports/new.html", {"form": form})


@require_safe
@reader
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a file: how far it has come, what became of its rows, its mapping with a preview."""
    job = get_object_or_404(Import, pk=pk)
    if request.headers.get("HX-Request") == "true":
        return render(request, "imports/_progress.html", _progress(job))
    return _show(request, job, MappingForm({"mapping": job.mapping}))


@require_POST
@editor
def columns(request: HttpRequest, pk: int) -> HttpResponse:
    """Save what each column is."""
    job = get_object_or_404(Import, pk=pk)
    try:
        names = _shape_of(job).names
        told = changed(read_mapping(job.mapping), columns_told(names, request.POST.dict()))
        actions.save_mapping(job, write_mapping(told))
    except Mistake as mistake:
        messages.error(request, mistake.message)
    else:
        messages.success(request, _("Saved. This is how the first rows are read now."))
    return redirect("imports:import", pk)


@require_POST
@editor
def mapping(request: HttpRequest, pk: int) -> HttpResponse:
    """Save the mapping as text."""
    job = get_object_or_404(Import, pk=pk)
    form = MappingForm(request.POST)
    if form.is_valid():
        try:
            actions.save_mapping(job, form.cleaned_data["mapping"])
        except Mistake as mistake:
            form.add_error("mapping", mistake.message)
        else:
            messages.success(request, _("Saved. This is how the first rows are read now."))
            return redirect("imports:import", pk)
    return _show(request, job, form)


@require_POST
@editor
def act(request: HttpRequest, pk: int) -> HttpResponse:
    """Try out, start, pause, go on with, stop or erase a file."""
    job = get_object_or_404(Import, pk=pk)
    what = request.POST.get("what", "")
    does = {
        "try": actions.try_out,
        "start": actions.start,
        "pause": actions.pause,
        "resume": actions.resume,
        "stop": actions.stop,
        "erase": actions.erase,
    }.get(what)
    if does is None:
        return redirect("imports:import", pk)
    try:
        does(job)
    except Mistake as mistake:
        messages.error(request, mistake.message)
        return redirect("imports:import", pk)
    if what == "erase":
        messages.success(request, _("The file and its report are erased."))
        return redirect("imports:imports")
    return redirect("imports:import", pk)


@require_safe
@editor
def report(request: HttpRequest, pk: int) -> StreamingHttpResponse:  # noqa: ARG001 - a view's signature
    """Send the rows and cells that could not be taken as a CSV."""
    job = get_object_or_404(Import, pk=pk)
    lines = (line.encode() for line in report_csv(fault_rows(job.pk)))
    answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="errors-{job.pk}.csv"'
    return answer


def _show(request: HttpRequest, job: Import, form: MappingForm) -> HttpResponse:
    is_editable = job.state in EDITABLE and job.path
    context = {**_progress(job), "form": form, "is_editable": is_editable}
    if is_editable and Path(job.path).exists():
        context |= _preview(job)
    faults = list(islice(fault_rows(job.pk), FAULTS_SHOWN))
    context |= {"faults": faults, "fault_count": job.faults.count(), "read_as": READ_AS}
    return render(request, "imports/import.html", context)


def _progress(job: Import) -> dict[str, Any]:
    """Return how far the file has come: rows, rate, time left, and counts by kind."""
    counts = _counts(job)
    seconds = job.worked / 1_000_000
    elapsed = (now() - job.begun_at) / MICROSECOND / 1e6 if job.begun_at else 0.0
    read = sum(
        counts.get(kind, 0) for kind in ("new", "changed", "unchanged", "refused", "skipped")
    )
    share = min(1.0, job.place / job.size) if job.size and _shape_of(job).kind == "csv" else 0.0
    is_at_work = job.state in actions.AT_WORK
    left = elapsed / share - elapsed if share and is_at_work else None
    examples: dict[str, list[list[str]]] = msgspec.json.decode(job.examples)
    return {
        "job": job,
        "tone": TONES.get(job.state, "plain"),
        "is_at_work": is_at_work,
        "is_trial": job.state in (State.TRYING, State.TRIED),
        "read": read,
        "rate": round(read / seconds) if seconds else None,
        "percent": int(share * 100) if share else None,
        "left": max(1, round(left / 60)) if left is not None else None,
        "counts": [(kind, title, counts.get(kind, 0)) for kind, title in COUNTS.items()],
        "examples": [(str(COUNTS[kind]), examples[kind]) for kind in COUNTS if examples.get(kind)],
    }


def _counts(job: Import) -> dict[str, int]:
    return msgspec.json.decode(job.counts, type=dict[str, int])


def _shape_of(job: Import) -> Shape:
    return msgspec.json.decode(job.shape, type=Shape)


def _preview(job: Import) -> dict[str, Any]:
    """Return the columns as the form shows them, and the first rows as they would be read."""
    shape, read = _shape_of(job), read_mapping_or_none(job.mapping)
    if read is None:
        return {}
    try:
        found = (line for line in lines_of(Path(job.path), shape) if line.cells)
        lines = list(islice(found, SAMPLED))
        rows = Reader(read, shape.names)
        preview = [row_told(rows.read(line.number, line.cells)) for line in lines[:PREVIEWED]]
    except Mistake as mistake:
        return {"preview_mistake": mistake.message}
    listed = columns_in(read, shape.names, [line.cells for line in lines])
    return {"columns": list(enumerate(listed)), "preview": preview, "shape": shape}


def read_mapping_or_none(text: str) -> Mapping | None:
    """Return a mapping that can be read, else None: the form then says what is wrong."""
    try:
        return read_mapping(text)
    except Mistake:
        return None


def row_told(row: Row) -> dict[str, Any]:
    """Return a row as the preview shows it."""
    person = row.person
    return {
        "number": row.number,
        "is_skipped": row.is_skipped,
        "identifiers": person.identifiers if person else (),
        "traits": list(person.traits.items()) if person else [],
        "consents": [f"{c.purpose}/{c.channel}: {c.state}" for c in person.consents]
        if person
        else [],
        "events": [event.name for event in row.events],
        "objects": [f"{thing.kind} {thing.key}" for thing in row.objects],
        "faults": [(f.column, f.value, sentence_of(f.reason)) for f in row.faults],
    }
