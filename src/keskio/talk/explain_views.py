"""Pages and the reading API of Explain: one message or decision, and why somebody did not get something.

The API gives the same as the pages, as JSON, to whoever is signed in; nobody is sent to a sign-in page by
it. Words are in the language that is asked for (Accept-Language).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import msgspec
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from keskio.kernel.i18n import in_language
from keskio.know.api import may_see_special, people_of
from keskio.talk.absence import CODES, Answer, why_not
from keskio.talk.confiding import versions_about_health
from keskio.talk.explaining import Explained, explain_all, explain_decision, explain_message
from keskio.talk.models import Dialogue
from keskio.talk.patience import patient_people
from keskio.web.paging import PAGE_SIZE, page_number, page_of

JSON = "application/json"
ANSWER_TONES = {
    "got_it": "good",
    "held": "warn",
    "waiting": "calm",
    "error": "bad",
    "dropped": "bad",
}
MOST_LINES = 200


@require_safe
@never_cache
def explained(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Show why one message was sent, or why one decision was made."""
    one = _explained(request, kind, pk)
    people = people_of([one.customer])
    context = {"one": one, "person": people.get(one.customer)}
    return render(request, "talk/explained.html", context)


@require_safe
@never_cache
def why_not_page(request: HttpRequest, customer: int) -> HttpResponse:
    """Ask for a dialogue, and say why the customer did not get it."""
    people = people_of([customer])
    if customer not in people:
        raise Http404
    language = get_language() or "fi"
    chosen = request.GET.get("dialogue", "")
    dialogues = [
        (one, in_language(one.title, language) or one.key)
        for one in Dialogue.objects.order_by("key")
    ]
    found = next((one for one, _ in dialogues if one.key == chosen), None)
    answer = None if found is None else _answer(request, customer, found)
    context: dict[str, Any] = {
        "customer": customer,
        "person": people[customer],
        "dialogues": sorted(dialogues, key=lambda pair: pair[1].casefold()),
        "chosen": chosen,
        "answer": answer,
    }
    if answer is not None:
        context |= {
            "verdict": CODES[answer.code],
            "tone": ANSWER_TONES.get(answer.code, "plain"),
            "title": next(title for one, title in dialogues if one.key == chosen),
        }
    return render(request, "talk/why_not.html", context)


@require_safe
def patient(request: HttpRequest) -> HttpResponse:
    """List those who wait in a dialogue without a deadline (law 17)."""
    offset = (page_number(request) - 1) * PAGE_SIZE
    kept = set() if may_see_special(request.user) else versions_about_health()
    rows = patient_people(get_language() or "fi", limit=PAGE_SIZE + 1, offset=offset, kept=kept)
    people = people_of([row.customer for row in rows])
    page = page_of(request, [(row, people.get(row.customer)) for row in rows])
    return render(request, "talk/patient.html", {"page": page, "is_part": bool(kept)})


# The API


def _api(view: Callable[..., Any]) -> Callable[..., HttpResponse]:
    """Answer with JSON: what the view returns, 401 to strangers, 404 for what is not there."""

    @wraps(view)
    def answering(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return _json({"error": "not_signed_in"}, status=401)
        try:
            return _json(view(request, *args, **kwargs))
        except Http404:
            return _json({"error": "not_found"}, status=404)

    return login_not_required(require_safe(never_cache(answering)))


def _json(told: Any, *, status: int = 200) -> HttpResponse:
    return HttpResponse(msgspec.json.encode(told, enc_hook=str), content_type=JSON, status=status)


@_api
def api_one(request: HttpRequest, kind: str, pk: int) -> Explained:
    """Explain one message or decision."""
    return _explained(request, kind, pk)


@_api
def api_customer(request: HttpRequest, customer: int) -> dict[str, Any]:
    """Explain the latest messages and decisions about a customer."""
    if customer not in people_of([customer]):
        raise Http404
    may = may_see_special(request.user)
    lines = explain_all(customer, may_see_health=may, limit=MOST_LINES)
    return {"customer": customer, "explained": lines}


@_api
def api_why_not(request: HttpRequest, customer: int, key: str) -> Answer:
    """Say why a customer did not get what a dialogue sends."""
    found = Dialogue.objects.filter(key=key).first()
    if found is None or customer not in people_of([customer]):
        raise Http404
    return _answer(request, customer, found)


def _answer(request: HttpRequest, customer: int, dialogue: Dialogue) -> Answer:
    may = may_see_special(request.user)
    return why_not(customer, dialogue, may_see_health=may, language=get_language() or "fi")


def _explained(request: HttpRequest, kind: str, pk: int) -> Explained:
    explain = explain_message if kind == "message" else explain_decision
    found = explain(pk, may_see_health=may_see_special(request.user))
    if found is None:
        raise Http404
    return found
