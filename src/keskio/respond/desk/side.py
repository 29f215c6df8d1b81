"""The panel beside a thread: who this is, and what goes on with them.

Parts register here (`register`), so that what stands above the desk may show itself too; rooms and wings
below show what they already show on the customer's page.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy

from keskio.kernel.i18n import in_language
from keskio.know.api import facts_of, people_of, same_person_ids
from keskio.respond.inbox.contracts import AWAY, COMPLAINT
from keskio.respond.inbox.models import Case
from keskio.respond.recovery.panels import draw_plan
from keskio.respond.recovery.queries import run_of
from keskio.talk.api import dialogues_now, recent_messages
from keskio.web import panels

OF_CUSTOMER = ("promises", "value", "stages", "surveys", "said", "leads", "tasks", "objects")
"""Panels of the customer's page that are short enough to stand beside a thread, in this order."""
SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of the panel: `draw(request, case)` returns safe HTML, or None to show nothing."""

    key: str
    title: str | Promise
    draw: Callable[[HttpRequest, Case], str | None]
    order: int = 50
    is_open: bool = False


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A part as drawn."""

    key: str
    title: str | Promise
    html: str
    is_open: bool


_parts: dict[str, Part] = {}


def register(part: Part) -> None:
    """Show `part` beside threads; the same key again replaces the earlier."""
    _parts[part.key] = part


def drawn_parts(request: HttpRequest, case: Case) -> list[Drawn]:
    """Draw the panel beside a case, in order."""
    parts = sorted(_parts.values(), key=lambda part: (part.order, part.key))
    drawn = [
        Drawn(key=part.key, title=part.title, html=html, is_open=part.is_open)
        for part in parts
        if (html := part.draw(request, case))
    ]
    if not case.customer_id:
        return drawn
    chosen = panels.chosen_panels(panels.CUSTOMER, OF_CUSTOMER, request, case.customer_id)
    first = ("promises", "value", "stages")
    return drawn + [
        Drawn(key=one.key, title=one.title, html=one.html, is_open=one.key in first)
        for one in chosen
    ]


def register_own() -> None:
    """Put the desk's own parts in their places. Called once."""
    register(
        Part(key="who", title=gettext_lazy("Who this is"), draw=draw_who, order=10, is_open=True)
    )
    register(
        Part(
            key="recovery",
            title=gettext_lazy("Recovery plan"),
            draw=draw_recovery,
            order=20,
            is_open=True,
        )
    )
    register(Part(key="consents", title=gettext_lazy("Consents"), draw=draw_consents, order=45))
    register(
        Part(
            key="earlier",
            title=gettext_lazy("Earlier cases"),
            draw=draw_earlier,
            order=30,
            is_open=True,
        )
    )
    register(
        Part(
            key="sent", title=gettext_lazy("What was sent"), draw=draw_sent, order=40, is_open=True
        )
    )


def draw_who(request: HttpRequest, case: Case) -> str:
    """Draw who the customer is, and how they are reached."""
    person = people_of([case.customer_id]).get(case.customer_id) if case.customer_id else None
    return render_to_string("desk/_who.html", {"case": case, "person": person}, request)


def draw_earlier(request: HttpRequest, case: Case) -> str | None:
    """Draw the customer's other cases, the newest first."""
    if not case.customer_id:
        return None
    mine = Case.objects.filter(customer_id__in=same_person_ids(case.customer_id))
    found = mine.exclude(pk=case.pk).exclude(place=AWAY).order_by("-pk")[:SHOWN]
    if not found:
        return None
    return render_to_string("desk/_earlier.html", {"cases": found}, request)


def draw_sent(request: HttpRequest, case: Case) -> str | None:
    """Draw what was sent to the customer lately, and in which dialogues they are now."""
    if not case.customer_id:
        return None
    customers = same_person_ids(case.customer_id)
    language = get_language() or "fi"
    messages = [(m, in_language(m.title, language)) for m in recent_messages(customers)]
    inside = [(d, in_language(d.title, language) or d.key) for d in dialogues_now(customers)]
    if not messages and not inside:
        return None
    return render_to_string("desk/_sent.html", {"sent": messages, "inside": inside}, request)


def draw_recovery(request: HttpRequest, case: Case) -> str | None:
    """Draw how the case is put right: complaints, and whatever a plan is under way for."""
    if case.kind != COMPLAINT and run_of(case.pk) is None:
        return None
    return draw_plan(request, case)


def draw_consents(request: HttpRequest, case: Case) -> str | None:
    """Draw what the customer allows and has denied, by purpose and channel."""
    facts = facts_of([case.customer_id], ()).get(case.customer_id) if case.customer_id else None
    if facts is None or not facts.consents:
        return None
    lines = [(key.replace("/", " · "), state) for key, state in sorted(facts.consents.items())]
    return render_to_string("desk/_consents.html", {"lines": lines}, request)
