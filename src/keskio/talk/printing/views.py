"""Pages of the wing: print runs, one run with its letters, its PDF, and pictures by object."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from keskio.channels.api import letterhead
from keskio.channels.letter.sheets import Sheet as Paper
from keskio.kernel.clock import now
from keskio.kernel.errors import KeskioError
from keskio.know.api import people_of
from keskio.talk.confiding import is_kept_from
from keskio.talk.drawing import step_title
from keskio.talk.printing import actions, queries
from keskio.talk.printing.forms import PictureForm
from keskio.talk.printing.models import Picture, PrintRun
from keskio.talk.shelf import programs_of
from keskio.web.paging import page_of, page_of_rows
from keskio.web.roles import editor

TONES = {"open": ("calm", "inbox"), "closed": ("warn", "clock"), "printed": ("good", "check")}


@require_safe
def runs(request: HttpRequest) -> HttpResponse:
    """List the print runs, the newest first."""
    page = page_of_rows(request, PrintRun.objects.all())
    counts = queries.counts_of(page.items)
    rows = [{"run": run, "counts": counts[run.pk], "tone": TONES[run.state]} for run in page.items]
    context = {"page": page, "rows": rows, "has_letterhead": letterhead() is not None}
    return render(request, "printing/runs.html", context)


@require_safe
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one run: how it stands, what is to be done next, and its letters."""
    found = get_object_or_404(PrintRun, pk=pk)
    letters = queries.letters_of(found)
    people = people_of([message.customer for _s, message, _state in letters])
    programs = programs_of({message.version for _s, message, _state in letters})
    language = get_language() or "fi"
    kept = {pk for pk, program in programs.items() if is_kept_from(request.user, program)}
    rows = [
        (
            *(sheet, message, state, people.get(message.customer)),
            step_title(programs[message.version], message.step, language),
            message.version in kept,
        )
        for sheet, message, state in letters
    ]
    counts = queries.counts_of([found])[found.pk]
    context = {
        "run": found,
        "counts": counts,
        "tone": TONES[found.state],
        "page": page_of(request, rows),
        "has_letterhead": letterhead() is not None,
        "is_old": found.state == "closed"
        and found.downloaded_at is not None
        and found.downloaded != counts.waiting,
    }
    return render(request, "printing/run.html", context)


@require_POST
@editor
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Close a run: its letters are written."""
    found = get_object_or_404(PrintRun, pk=pk)
    try:
        actions.close_run(found, by=request.user.get_username())
    except KeskioError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("The run is closed. Download its letters and print them."))
    return redirect("printing:run", pk)


@require_POST
@editor
def pdf(_request: HttpRequest, pk: int) -> HttpResponse:
    """Return the letters of a run that may go, as one PDF."""
    from keskio.channels.letter.paper import pdf_of  # noqa: PLC0415 - heavy, and seldom needed

    found = get_object_or_404(PrintRun, pk=pk)
    head = letterhead()
    if found.state == PrintRun.State.OPEN or head is None:
        raise Http404
    if found.state == PrintRun.State.CLOSED:
        actions.take_back_refused(found)
    sheets = queries.printable(found)
    title = _("Letters, print run %(number)d") % {"number": found.pk}
    papers = [
        Paper(
            address=sheet.address,
            subject=sheet.subject,
            text=sheet.text,
            language=sheet.language,
            reference=f"{found.pk}-{sheet.message_id}",
            picture=bytes(sheet.picture.octets) if sheet.picture else b"",
        )
        for sheet in sheets
    ]
    octets = pdf_of(papers, head, on=(found.printed_at or now()).date(), title=title)
    if found.state == PrintRun.State.CLOSED:
        actions.note_download(found, len(papers))
    name = f"keskio-letters-{found.pk}.pdf"
    return HttpResponse(
        octets,
        content_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@require_POST
@editor
def printed(request: HttpRequest, pk: int) -> HttpResponse:
    """Record that a run has gone to the printer."""
    found = get_object_or_404(PrintRun, pk=pk)
    try:
        sent = actions.mark_printed(found, by=request.user.get_username())
    except KeskioError as error:
        messages.error(request, error.message)
    else:
        said = ngettext("%(count)d letter is sent.", "%(count)d letters are sent.", sent)
        messages.success(request, said % {"count": sent})
    return redirect("printing:run", pk)


@require_http_methods(["GET", "HEAD", "POST"])
@editor
def pictures(request: HttpRequest) -> HttpResponse:
    """List the pictures by object, and take one in."""
    form = PictureForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        octets, content_type = form.cleaned_data["file"]
        actions.save_picture(
            form.cleaned_data["kind"],
            form.cleaned_data["field"],
            form.cleaned_data["value"],
            octets=octets,
            content_type=content_type,
            by=request.user.get_username(),
        )
        messages.success(request, _("Saved."))
        return redirect("printing:pictures")
    found = Picture.objects.defer("octets")
    return render(request, "printing/pictures.html", {"form": form, "pictures": found})


@require_safe
def picture(_request: HttpRequest, pk: int) -> HttpResponse:
    """Return one picture."""
    found = get_object_or_404(Picture, pk=pk)
    return HttpResponse(bytes(found.octets), content_type=found.content_type)


@require_POST
@editor
def remove_picture(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove a picture: letters that are printed from now on go without it."""
    get_object_or_404(Picture, pk=pk).delete()
    messages.success(request, _("Removed."))
    return redirect("printing:pictures")
