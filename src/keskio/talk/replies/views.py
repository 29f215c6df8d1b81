"""The page of the wing: unclear replies, and a person's decisions about them."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from keskio.know.api import may_see_special, people_of
from keskio.talk.drawing import channel_name
from keskio.talk.explaining import HEALTH_SAID
from keskio.talk.replies import actions
from keskio.talk.replies.models import Unclear
from keskio.talk.replies.queries import Question, questions_of
from keskio.web.paging import page_of_rows
from keskio.web.roles import editor

NONE = "none"


@require_safe
def unclear(request: HttpRequest) -> HttpResponse:
    """List the replies that wait for a person, the oldest first."""
    page = page_of_rows(request, Unclear.objects.filter(decided_at__isnull=True).order_by("id"))
    replies = list(page.items)
    people = people_of([reply.customer_id for reply in replies])
    questions = questions_of(replies, get_language() or "fi")
    may = may_see_special(request.user)
    rows = [
        (
            reply,
            people.get(reply.customer_id),
            questions[reply.pk],
            channel_name(reply.channel),
            not may and _is_about_health(questions[reply.pk]),
        )
        for reply in replies
    ]
    context = {"page": page, "rows": rows, "health_said": HEALTH_SAID}
    return render(request, "replies/unclear.html", context)


@require_POST
@editor
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Record which question a reply answered."""
    reply = get_object_or_404(Unclear, pk=pk)
    if not may_see_special(request.user) and _is_about_health(questions_of([reply], "fi")[pk]):
        raise PermissionDenied
    said = request.POST.get("question", "")
    if said != NONE and not said.isdigit():
        messages.error(request, _("Choose which question the reply answered."))
        return redirect("replies:unclear")
    try:
        chosen = None if said == NONE else int(said)
        actions.decide(reply, chosen, by=request.user.get_username())
    except actions.AlreadyDecided:
        messages.warning(request, _("Somebody had already decided about that reply."))
    except actions.NotAsked:
        messages.error(request, _("Choose which question the reply answered."))
    else:
        messages.success(request, _("Your decision has been recorded."))
    return redirect("replies:unclear")


def _is_about_health(questions: Sequence[Question]) -> bool:
    return any(question.is_about_health for question in questions)
