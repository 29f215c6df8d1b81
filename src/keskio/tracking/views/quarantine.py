"""Quarantine: what could not be taken as it was, why, and what a person does about it."""

from __future__ import annotations

import json

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from keskio.tracking.actions import NeedsSource, dismiss, replay
from keskio.tracking.forms import FilterForm, SettleForm
from keskio.tracking.models import Quarantined
from keskio.tracking.queries import quarantined, reasons_open, source_names
from keskio.tracking.reasons import label_of
from keskio.web.paging import page_of_rows
from keskio.web.roles import editor


@require_safe
def items(request: HttpRequest) -> HttpResponse:
    """List what is set aside, by reason and source, with what may be done to many at once."""
    names = source_names()
    form = FilterForm(request.GET, sources=names)
    chosen = form.chosen()
    page = page_of_rows(request, quarantined(**chosen))
    rows = [(item, label_of(item.reason), names.get(item.source_id, "")) for item in page.items]
    context = {
        "page": page,
        "rows": rows,
        "filter": form,
        "chosen": chosen,
        "reasons": [(reason, label_of(reason), count) for reason, count in reasons_open()],
        "settle": SettleForm(sources=names),
    }
    return render(request, "tracking/quarantine.html", context)


@require_safe
def item(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one item whole: what is wrong, and what came."""
    found = get_object_or_404(Quarantined, pk=pk)
    names = source_names()
    context = {
        "item": found,
        "label": label_of(found.reason),
        "source_name": names.get(found.source_id, ""),
        "what_came": _indented(found.item),
        "settle": SettleForm(sources=names),
    }
    return render(request, "tracking/quarantined.html", context)


@require_POST
@editor
def settle(request: HttpRequest) -> HttpResponse:
    """Replay or dismiss the chosen items, or all that the filter shows."""
    form = SettleForm(request.POST, sources=source_names())
    back = _back(request)
    ids = form.ids() if form.is_valid() else []
    if not ids:
        messages.warning(request, _("Choose at least one item."))
        return redirect(back)
    by = request.user.get_username()
    if form.is_dismissal:
        count = dismiss(ids, by=by)
        text = ngettext("%(count)s item was dismissed.", "%(count)s items were dismissed.", count)
    else:
        try:
            count = replay(ids, by=by, source=form.cleaned_data["source"])
        except NeedsSource:
            messages.warning(request, _("Nobody knows whose these are: choose a source for them."))
            return redirect(back)
        text = ngettext(
            "%(count)s item was put back: it goes through the intake once more.",
            "%(count)s items were put back: they go through the intake once more.",
            count,
        )
    messages.success(request, text % {"count": count})
    return redirect(back)


def _back(request: HttpRequest) -> str:
    told = request.POST.get("back", "")
    is_ours = url_has_allowed_host_and_scheme(told, allowed_hosts=None)
    return told if is_ours and told.startswith("/") else reverse("tracking:quarantine")


def _indented(text: str) -> str:
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text
