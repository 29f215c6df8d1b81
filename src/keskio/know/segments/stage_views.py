"""Pages of stages: the models, one model with its flows and rules, who is at a stage, editing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from keskio.engine.times import DAY
from keskio.kernel.clock import now_micros
from keskio.kernel.i18n import in_language
from keskio.know.queries import people_of
from keskio.know.segments import actions, standing
from keskio.know.segments.contracts import Fault, ModelDraft, Way
from keskio.know.segments.documents import read_model
from keskio.know.segments.flows import draw_flows
from keskio.know.segments.models import SavedVersion, StageModel
from keskio.know.segments.saying import called_in, say
from keskio.know.segments.shelf import node_of
from keskio.know.segments.views import TONES
from keskio.web.paging import PAGE_SIZE, page_number, page_of
from keskio.web.roles import editor

PERIODS = (7, 30, 90, 365)


@require_safe
def models(request: HttpRequest) -> HttpResponse:
    """List the models of stages, each with how many customers are at which stage."""
    language = get_language() or "fi"
    rows = StageModel.objects.exclude(state="archived").order_by("key")
    given = [
        {
            "one": row,
            "title": in_language(row.title, language),
            "stages": stage_rows(row, language),
            "tone": TONES[row.state],
        }
        for row in rows
    ]
    return render(request, "segments/models.html", {"rows": given})


@require_safe
def model(request: HttpRequest, key: str) -> HttpResponse:
    """Show one model: how many are at each stage, who went where, and the rules in words."""
    row = get_object_or_404(StageModel, key=key)
    language = get_language() or "fi"
    draft = _draft(row)
    asked = request.GET.get("days", "30")
    days = int(asked) if asked in {str(period) for period in PERIODS} else 30
    now = now_micros()
    flows = standing.flows_of(key, start=now - days * DAY, end=now + 1)
    stages = stage_rows(row, language)
    titles = {"": _("No stage"), **{stage["key"]: stage["title"] for stage in stages}}
    # A stage that the model has no more may still have been left.
    gone = {name for pair in flows for name in pair} - titles.keys()
    order = ["", *sorted(gone), *(stage["key"] for stage in stages)]
    pairs = [(name, str(titles.get(name, name))) for name in order]
    context = {
        "one": row,
        "title": in_language(row.title, language),
        "description": in_language(draft.description, language),
        "stages": stages,
        "ways": [_way_rows(way, titles, language) for way in draft.ways],
        "days": days,
        "periods": PERIODS,
        "drawing": draw_flows(flows, pairs, label=_("Who went from which stage to which")),
        "flows": _flow_rows(flows, dict(pairs)),
        "tone": TONES[row.state],
        "versions": SavedVersion.objects.filter(kind="stages", key=key).order_by("-number")[:20],
    }
    return render(request, "segments/model.html", context)


@require_safe
def stage(request: HttpRequest, key: str, stage: str) -> HttpResponse:
    """List the customers who are at one stage of a model."""
    row = get_object_or_404(StageModel, key=key)
    language = get_language() or "fi"
    draft = _draft(row)
    title = next((one.title for one in draft.stages if one.key == stage), None)
    if title is None:
        raise Http404
    offset = (page_number(request) - 1) * PAGE_SIZE
    found = standing.customers_at(key, stage, limit=PAGE_SIZE + 1, offset=offset)
    people = people_of([customer for customer, _since in found])
    rows = [(people[customer], since) for customer, since in found if customer in people]
    total = standing.counts_at(key).get(stage, 0)
    context = {
        "one": row,
        "model_title": in_language(row.title, language),
        "title": in_language(title, language),
        "page": page_of(request, rows, total=total),
    }
    return render(request, "segments/stage.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@editor
def edit(request: HttpRequest, key: str) -> HttpResponse:
    """Edit a model as text, with what is wrong in it and its rules in words."""
    row = get_object_or_404(StageModel, key=key)
    language = get_language() or "fi"
    text = row.document
    faults: Sequence[Fault] = []
    if request.method == "POST":
        text = request.POST.get("text", "").replace("\r\n", "\n")
        if request.POST.get("do") == "save":
            try:
                saved = actions.save_model(text, by=request.user.get_username())
            except actions.CannotSave as error:
                faults = error.faults
            else:
                messages.success(request, _("The model has been saved."))
                return redirect("segments:model", saved.key)
    draft, found = read_model(text, language)
    titles = {one.key: in_language(one.title, language) for one in draft.stages} if draft else {}
    context = {
        "one": row,
        "title": in_language(row.title, language),
        "text": text,
        "faults": faults or found,
        "ways": [_way_rows(way, titles, language) for way in draft.ways] if draft else [],
    }
    return render(request, "segments/edit_model.html", context)


def stage_rows(row: StageModel, language: str) -> list[dict[str, Any]]:
    """Return the stages of a model from first to last with how many customers are at each."""
    counts = standing.counts_at(row.key)
    return [
        {
            "key": one.key,
            "title": in_language(one.title, language),
            "count": counts.get(one.key, 0),
            "whole": max(row.members, 1),
        }
        for one in _draft(row).stages
    ]


def _draft(row: StageModel) -> ModelDraft:
    draft = node_of(row).draft
    assert isinstance(draft, ModelDraft)
    return draft


def _way_rows(way: Way, titles: dict[str, str], language: str) -> dict[str, Any]:
    called = called_in(language)
    return {
        "title": in_language(way.title, language),
        "for": say(way.only_for, language, called) if way.only_for is not None else "",
        "rules": [
            (
                titles.get(rule.stage, rule.stage),
                say(rule.when, language, called) if rule.when is not None else "",
            )
            for rule in way.rules
        ],
    }


def _flow_rows(
    flows: dict[tuple[str, str], int], titles: dict[str, str]
) -> list[tuple[str, str, int]]:
    rows = [(titles[was], titles[became], count) for (was, became), count in flows.items()]
    return sorted(rows, key=lambda row: (-row[2], row[0], row[1]))
