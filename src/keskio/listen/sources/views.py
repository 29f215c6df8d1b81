"""Pages of sources: what is listened to, how each is, and files brought by hand. Administrators change."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from keskio.jobs.api import wake
from keskio.kernel.clock import now
from keskio.kernel.errors import KeskioError, Mistake
from keskio.listen.sources import actions, uploading
from keskio.listen.sources.contracts import Kind
from keskio.listen.sources.faults import sentence_of
from keskio.listen.sources.forms import FileForm, MappingForm, SourceForm
from keskio.listen.sources.health import health_of, today_of
from keskio.listen.sources.kinds.webhook import SECRET, new_secret
from keskio.listen.sources.models import Source, Upload
from keskio.listen.sources.queries import source_by_id, sources
from keskio.listen.sources.registry import kind_of, kinds
from keskio.web.roles import admin, editor, reader

MADE = "sources.made"


@require_safe
@reader
def listing(request: HttpRequest) -> HttpResponse:
    """List the sources and how each is, and the kinds that one can be added of."""
    at = now()
    rows = [
        {"row": row, "kind": kind, "health": health_of(row, kind, at), "today": today_of(row, at)}
        for row in sources()
        for kind in [kind_of(row.kind)]
    ]
    return render(request, "sources/sources.html", {"rows": rows, "kinds": list(kinds().values())})


@require_http_methods(["GET", "POST"])
@admin
def add(request: HttpRequest, kind: str) -> HttpResponse:
    """Add a source of a kind."""
    found = _kind_or_404(kind)
    form = SourceForm(request.POST or None, kind=found, initial={"name": str(found.title)})
    if request.method == "POST" and form.is_valid():
        made = {SECRET: new_secret()} if found.way == "door" else {}
        number = actions.add_source(
            kind=kind,
            name=form.cleaned_data["name"],
            settings=form.settings(),
            secrets={**form.secrets(), **made},
            made_by=request.user.get_username(),
        )
        if made:
            request.session[MADE] = made[SECRET]
        messages.success(request, _("The source was added."))
        return redirect("sources:source", number)
    return render(request, "sources/source_add.html", {"form": form, "kind": found})


@require_safe
@reader
def source(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a source and how it is."""
    return _show(request, pk)


@require_http_methods(["GET", "POST"])
@admin
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Change the settings of a source."""
    row = get_object_or_404(Source, pk=pk)
    kind = kind_of(row.kind)
    form = SourceForm(request.POST or None, kind=kind, source=row, kept=row.secrets)
    if request.method == "POST" and form.is_valid():
        actions.change_source(
            pk, name=form.cleaned_data["name"], settings=form.settings(), secrets=form.secrets()
        )
        messages.success(request, _("Saved. The source begins anew with these settings."))
        return redirect("sources:source", pk)
    return render(request, "sources/source_change.html", {"form": form, "kind": kind, "row": row})


@require_POST
@admin
def act(request: HttpRequest, pk: int, what: str) -> HttpResponse:
    """Pause, resume, try now, or remove a source; make another secret."""
    row = get_object_or_404(Source, pk=pk)
    if what == "remove":
        actions.remove_source(pk)
        messages.success(request, _("The source was removed. Its mentions stay."))
        return redirect("sources:sources")
    if what == "pause":
        actions.pause_source(pk)
        messages.success(request, _("Paused. Nothing is collected until you resume it."))
    elif what == "resume":
        actions.resume_source(pk)
        messages.success(request, _("Resumed, from where it was left."))
    elif what == "now":
        actions.try_now(pk)
        messages.success(request, _("It is tried at once."))
    elif what == "secret" and row.kind == "webhook":
        request.session[MADE] = new_secret()
        made = {SECRET: request.session[MADE]}
        actions.change_source(pk, name=row.name, settings=row.settings, secrets=made)
    else:
        raise Http404
    wake()
    return redirect("sources:source", pk)


@require_POST
@admin
def test(request: HttpRequest, pk: int) -> HttpResponse:
    """Try the connection of a source and say what was seen."""
    found = source_by_id(pk)
    if found is None:
        raise Http404
    try:
        messages.success(request, kind_of(found.kind).test(found))
    except KeskioError as error:
        told = getattr(error, "told", None)
        messages.error(request, sentence_of(told) if told else error.message)
    return redirect("sources:source", pk)


@require_POST
@editor
def bring(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a file and go on to say what its columns are."""
    row = get_object_or_404(Source, pk=pk, kind="file")
    form = FileForm(request.POST, request.FILES)
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            number = uploading.keep_file(
                row.pk, name=file.name, raw=file.read(), by=request.user.get_username()
            )
        except Mistake as mistake:
            form.add_error("file", mistake.message)
        else:
            return redirect("sources:upload", number)
    return _show(request, pk, file_form=form)


@require_http_methods(["GET", "POST"])
@editor
def upload(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what the columns of a file are, see what it would bring, and take it in."""
    row = get_object_or_404(Upload.objects.select_related("source"), pk=pk)
    if row.state != Upload.State.DRAFT:
        return render(request, "sources/upload.html", {"upload": row, "done": _share(row)})
    names = row.shape.get("names", [])
    given = request.POST if request.method == "POST" else None
    form = MappingForm(given, names=names, initial=row.mapping)
    mapping = row.mapping
    if given is not None and form.is_valid():
        mapping = {target: value for target, value in form.cleaned_data.items() if value}
        if "take" in given:
            try:
                uploading.begin(pk, mapping)
            except Mistake as mistake:
                form.add_error(None, mistake.message)
            else:
                wake()
                return redirect("sources:upload", pk)
    return render(request, "sources/upload.html", _preview(row, form, mapping))


@require_POST
@editor
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget a file that was not taken in."""
    row = get_object_or_404(Upload, pk=pk)
    uploading.drop(pk)
    messages.success(request, _("The file was forgotten."))
    return redirect("sources:source", row.source_id)


def _preview(row: Upload, form: MappingForm, mapping: dict[str, str]) -> dict[str, Any]:
    context: dict[str, Any] = {"upload": row, "form": form}
    try:
        made = uploading.tried(row, mapping)
    except Mistake as mistake:
        return {**context, "mistake": mistake.message}
    return {
        **context,
        "posts": made.posts[: uploading.PREVIEW],
        "good": len({post.source_id for post in made.posts}),
        "doubles": len(made.posts) - len({post.source_id for post in made.posts}),
        "empty": made.empty,
        "faults": made.faults[: uploading.FAULTS_KEPT],
        "fault_count": len(made.faults),
    }


def _share(row: Upload) -> dict[str, int]:
    return {"place": row.place, "rows": int(row.shape.get("rows", 0))}


def _show(request: HttpRequest, pk: int, *, file_form: FileForm | None = None) -> HttpResponse:
    row = get_object_or_404(sources(), pk=pk)
    kind = kind_of(row.kind)
    faults = [(fault.at, sentence_of(fault.told)) for fault in row.faults.all()[:20]]
    shown = [
        (setting.label, _shown(row.settings.get(setting.name, ""), setting.choices))
        for setting in kind.settings
        if setting.kind != "secret" and row.settings.get(setting.name)
    ]
    context = {
        "row": row,
        "kind": kind,
        "health": health_of(row, kind, now()),
        "today": today_of(row, now()),
        "is_collected": kind.way in {"stream", "poll"},
        "settings": shown,
        "faults": faults,
        "address": f"{settings.PUBLIC_URL.rstrip('/')}/hear/{row.key}/"
        if kind.way == "door"
        else "",
        "made": request.session.pop(MADE, "") if kind.way == "door" else "",
        "file_form": file_form or (FileForm() if kind.way == "file" else None),
        "uploads": row.uploads.all()[:20] if kind.way == "file" else [],
    }
    return render(request, "sources/source.html", context)


def _shown(value: str, choices: Any) -> Any:
    return dict(choices).get(value, value) if choices else value


def _kind_or_404(key: str) -> Kind:
    try:
        return kind_of(key)
    except Mistake as mistake:
        raise Http404(mistake.message) from None
