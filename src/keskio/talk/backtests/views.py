"""Pages of the wing: backtests that have been asked for, a new one, one with its result, one's people."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from keskio.kernel.clock import from_micros, now_micros
from keskio.kernel.i18n import in_language
from keskio.talk.backtests import actions
from keskio.talk.backtests.drawn import drawn
from keskio.talk.backtests.forms import BacktestForm
from keskio.talk.backtests.models import Backtest, Sample
from keskio.talk.backtests.words import STATES, kind_said, line_said
from keskio.talk.confiding import is_kept_from
from keskio.talk.documents import compile_text, playbook_keys, playbook_text, playbook_title
from keskio.talk.models import Dialogue, Version
from keskio.web.paging import page_of_rows
from keskio.web.roles import editor

DAYS = 90


@require_safe
def backtests(request: HttpRequest) -> HttpResponse:
    """List the backtests, newest first."""
    page = page_of_rows(request, Backtest.objects.order_by("-id").defer("asked", "result"))
    rows = [(row, *STATES[row.state]) for row in page.items]
    return render(request, "backtests/backtests.html", {"page": page, "rows": rows})


@editor
def new(request: HttpRequest) -> HttpResponse:
    """Ask what to replay, and begin.

    The definition can be named (`?version=` a published version, `?playbook=`), or posted as `text` with
    `variables` by another page, which fills the form in and begins nothing.
    """
    if request.method == "POST" and "text" not in request.POST:
        form = BacktestForm(request.POST)
        if form.is_valid():
            row = actions.begin(form.wish(), by=request.user.get_username())
            return redirect("backtests:backtest", pk=row.pk)
        return render(request, "backtests/new.html", {"form": form, **_sources()})
    today = timezone.localdate(from_micros(now_micros()))
    known = {"since": today - timedelta(days=DAYS), "until": today, "answers": "past"}
    form = BacktestForm(initial={**known, **_definition(request)})
    return render(request, "backtests/new.html", {"form": form, **_sources()})


def _definition(request: HttpRequest) -> dict[str, str]:
    """Return the definition that a request names or brings, for the form."""
    if "text" in request.POST:
        return {
            "definition": request.POST["text"],
            "variables": request.POST.get("variables", ""),
        }
    if number := request.GET.get("version", ""):
        if not number.isdecimal() or len(number) > 18:
            raise Http404
        version = get_object_or_404(Version, pk=int(number))
        variables = msgspec.json.encode(version.variables).decode() if version.variables else ""
        return {"definition": version.document, "variables": variables}
    if key := request.GET.get("playbook", ""):
        if key not in playbook_keys():
            raise Http404
        return {"definition": playbook_text(key)}
    return {}


def _sources() -> dict[str, list[tuple[str, str]]]:
    """Return (query string, title) of the live versions and of the playbooks to start from."""
    language = get_language() or "fi"
    live = Dialogue.objects.filter(live_version__isnull=False).order_by("key")
    found = [(f"?version={one.live_version_id}", in_language(one.title, language)) for one in live]
    ready = [
        (f"?playbook={key}", in_language(playbook_title(key), language)) for key in playbook_keys()
    ]
    return {"live": found, "playbooks": sorted(ready, key=lambda one: one[1].casefold())}


@require_safe
def backtest(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how far a backtest has come and what it has found; by htmx only the part that changes."""
    row = get_object_or_404(Backtest.objects.defer("progress"), pk=pk)
    said, tone = STATES[row.state]
    context: dict[str, Any] = {
        "row": row,
        "state": said,
        "tone": tone,
        "is_open": row.state in actions.OPEN,
        "wish": row.wish,
    }
    if row.state == Backtest.State.DONE:
        context |= drawn(row.result, row.wish)
        context["is_kept"] = _is_kept(request, row)
        samples = Sample.objects.filter(backtest=row).order_by("pk").defer("lines")
        context["samples"] = [
            (sample, [kind_said(kind) for kind in sample.kinds]) for sample in samples
        ]
    live = request.headers.get("HX-Request") == "true"
    return render(
        request, "backtests/_backtest.html" if live else "backtests/backtest.html", context
    )


def _is_kept(request: HttpRequest, row: Backtest) -> bool:
    """Tell whether the user may not be shown who is in the dialogue that was replayed."""
    draft = row.asked.get("draft", {})
    program, _findings = compile_text(draft.get("text", ""), variables=draft.get("variables"))
    return is_kept_from(request.user, program)


@require_safe
def sample(request: HttpRequest, pk: int, customer: int) -> HttpResponse:
    """Show one customer's way through the draft, line by line."""
    found = get_object_or_404(
        Sample.objects.select_related("backtest"), backtest=pk, customer_id=customer
    )
    if _is_kept(request, found.backtest):
        raise PermissionDenied
    kinds = [kind_said(kind) for kind in found.kinds]
    told = [line for line in map(line_said, found.lines) if line]
    context = {"sample": found, "row": found.backtest, "kinds": kinds, "told": told}
    return render(request, "backtests/sample.html", context)


@require_POST
@editor
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop a backtest where it is; it can go on later."""
    if actions.stop(pk):
        messages.success(request, _("The backtest was stopped. It can go on from where it is."))
    else:
        messages.warning(request, _("The backtest was already over."))
    return redirect("backtests:backtest", pk=pk)


@require_POST
@editor
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a stopped backtest go on."""
    if actions.resume(pk):
        messages.success(request, _("The backtest goes on."))
    else:
        messages.warning(request, _("The backtest was not stopped."))
    return redirect("backtests:backtest", pk=pk)
