"""What is shown in the menu and on the pages of others."""

from __future__ import annotations

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from keskio.engine.dialogue.reasons import sentence
from keskio.kernel.i18n import in_language
from keskio.know.api import same_person_ids
from keskio.listen.surveys import telling
from keskio.listen.surveys.models import Invitation, Response
from keskio.listen.surveys.queries import live_count, survey_names
from keskio.web import names, navigation, panels
from keskio.web.roles import EDITOR, is_at_least

SHOWN = 10


def register() -> None:
    """Put the pages in the menu and the panels in their places. Called once by the wiring."""
    telling.register()
    names.register(names.SURVEY, survey_names)
    navigation.register(
        navigation.Item(
            key="surveys",
            title=_("Surveys"),
            url_name="surveys:surveys",
            icon="task",
            group="listen",
            order=22,
        )
    )
    panels.register(
        panels.CUSTOMER,
        panels.Panel(key="surveys", title=_("Surveys and answers"), render=draw, order=60),
    )


def draw(request: HttpRequest, customer: int | None) -> str | None:
    """Show what a customer was asked and answered; nothing where there is nothing."""
    ids = same_person_ids(customer or 0)
    language = get_language() or "fi"
    responses = (
        Response.objects.filter(customer_id__in=ids)
        .select_related("survey")
        .prefetch_related("scores__metric")
        .order_by("-started_at")[:SHOWN]
    )
    answered = {row.invitation_id for row in responses}
    invitations = (
        Invitation.objects.filter(customer_id__in=ids).select_related("survey").order_by("-id")
    )
    shown = [row for row in invitations[:SHOWN] if row.pk not in answered]
    makes_links = is_at_least(request.user, EDITOR) and live_count() > 0
    if not responses and not shown and not makes_links:
        return None
    context = {
        "customer": customer,
        "makes_links": makes_links,
        "responses": [
            (
                row,
                in_language(row.survey.title, language),
                [(score.metric.question, score.value) for score in row.scores.all()],
                "\n".join(text for text in row.comments.values() if text),
            )
            for row in responses
        ],
        "invitations": [
            (row, in_language(row.survey.title, language), sentence(row.reason, language))
            for row in shown
        ],
    }
    return render_to_string("surveys/_customer.html", context, request)
