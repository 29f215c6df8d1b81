"""What the wing shows of itself in the menu and on the customer page, and feeds the lake with."""

from __future__ import annotations

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from keskio.kernel.i18n import in_language
from keskio.know.queries import same_person_ids
from keskio.know.segments.contracts import ModelDraft
from keskio.know.segments.models import Segment, StageModel
from keskio.know.segments.queries import memberships_of, stage_names, stages_of
from keskio.know.segments.shelf import node_of
from keskio.know.segments.standing import history_of
from keskio.web import names, navigation, panels


def register() -> None:
    """Put the wing's pages and panels in their places. Called once by the wiring."""
    names.register(names.STAGE, stage_names)
    navigation.register(
        navigation.Item(
            key="segments",
            title=gettext_lazy("Segments"),
            url_name="segments:segments",
            icon="segments",
            group="know",
            order=41,
        )
    )
    panels.register(
        panels.CUSTOMER,
        panels.Panel(
            key="segments",
            title=gettext_lazy("Segments"),
            render=draw_segments,
            order=40,
            is_beside=True,
        ),
    )
    panels.register(
        panels.CUSTOMER,
        panels.Panel(
            key="stages", title=gettext_lazy("Stage"), render=draw_stages, order=41, is_beside=True
        ),
    )


def draw_segments(request: HttpRequest, customer: int | None) -> str | None:
    """Draw the segments to which a customer belongs, since when."""
    if customer is None:
        return None
    mine = memberships_of([customer]).get(customer)
    if not mine:
        return None
    language = get_language() or "fi"
    titles = {row.key: row.title for row in Segment.objects.filter(key__in=mine)}
    rows = [
        {"key": key, "title": in_language(titles[key], language), "since": since}
        for key, since in sorted(mine.items(), key=lambda pair: -pair[1])
    ]
    return render_to_string("segments/_customer_segments.html", {"rows": rows}, request)


def draw_stages(request: HttpRequest, customer: int | None) -> str | None:
    """Draw the stages at which a customer is in each model, since when, and how it has gone."""
    if customer is None:
        return None
    mine = stages_of([customer]).get(customer)
    if not mine:
        return None
    language = get_language() or "fi"
    names: dict[tuple[str, str], str] = {}
    titles: dict[str, str] = {}
    for row in StageModel.objects.exclude(state="archived"):
        draft = node_of(row).draft
        assert isinstance(draft, ModelDraft)
        titles[row.key] = in_language(row.title, language)
        names |= {(row.key, one.key): in_language(one.title, language) for one in draft.stages}
    rows = [
        {
            "model": model,
            "model_title": titles[model],
            "title": names.get((model, stage), stage),
            "since": since,
        }
        for model, (stage, since) in sorted(mine.items())
        if model in titles
    ]
    moves = [
        {
            "at": move.at,
            "was": names.get((move.model, move.was), move.was or _("no stage")),
            "became": names.get((move.model, move.became), move.became or _("no stage")),
            "model": titles.get(move.model, move.model),
        }
        for move in history_of(same_person_ids(customer))
    ]
    context = {"rows": rows, "moves": moves}
    return render_to_string("segments/_customer_stages.html", context, request)
