"""What the wing shows of itself in the menu, at home and on the customer page."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from keskio.know import words
from keskio.know.models import Consent, Customer
from keskio.know.privacy.forms import AskForm, ReasonForm
from keskio.know.privacy.links import Link, page_address
from keskio.know.privacy.models import Demand, Notice
from keskio.know.privacy.queries import purposes
from keskio.know.privacy.speech import LANGUAGES, said
from keskio.know.queries import same_person_ids
from keskio.web import navigation, panels


def register() -> None:
    """Put the wing's pages and panels in their places. Called once by the wiring."""
    navigation.register(
        navigation.Item(
            key="consents",
            title=gettext_lazy("Consent register"),
            url_name="privacy:register",
            icon="check",
            order=66,
            group="keep",
        )
    )
    navigation.register(
        navigation.Item(
            key="privacy",
            title=gettext_lazy("Erasures and requests"),
            url_name="privacy:demands",
            icon="person",
            order=67,
            group="keep",
            count=open_demands,
        )
    )
    panels.register_tile(panels.Tile(key="privacy", read=read_figures, order=66))
    for key, title, render in (
        ("consent-history", gettext_lazy("How the consents came"), draw_history),
        ("privacy", gettext_lazy("The customer's rights"), draw_rights),
    ):
        panels.register(
            panels.CUSTOMER,
            panels.Panel(key=key, title=title, render=render, order=90, tab=panels.RIGHTS),
        )


def open_demands() -> int:
    """Return how many demands wait for a person."""
    return Demand.objects.filter(state=Demand.State.OPEN).count()


def read_figures(_request: HttpRequest) -> Sequence[panels.Figure]:
    """Return the figure of the demands; nothing when nobody has asked for anything."""
    count = open_demands()
    if not count:
        return []
    title, url = _("Requests about data"), reverse("privacy:demands")
    return [panels.Figure(title=title, value=count, url=url, needs_attention=True)]


def draw_history(request: HttpRequest, customer: int | None) -> str | None:
    """Draw every line of the register about a customer, with its proof."""
    if customer is None:
        return None
    language = get_language() or "fi"
    known = purposes()
    lines = Consent.objects.filter(customer_id__in=same_person_ids(customer)).order_by("-id")[:200]
    rows = [
        {
            "line": line,
            "purpose": said(known[line.purpose].title, language)
            if line.purpose in known
            else words.called(words.PURPOSES, line.purpose),
            "channel": words.called(words.CHANNELS, line.channel),
            "state": words.called(words.STATES, line.state),
            "tone": words.TONES.get(line.state, "plain"),
            "sign": words.SIGNS.get(line.state, "dot"),
            "cause": words.called(words.CAUSES, line.cause),
        }
        for line in lines
    ]
    asked = Notice.objects.filter(customer_id=customer, kind="consent").order_by("-id")[:20]
    return render_to_string("privacy/_history.html", {"rows": rows, "asked": asked}, request)


def draw_rights(request: HttpRequest, customer: int | None) -> str | None:
    """Draw what can be done for a customer about their data."""
    if customer is None:
        return None
    found = Customer.objects.get(pk=customer)
    context = {
        "customer": found,
        "demands": Demand.objects.filter(customer_id=customer).order_by("-id")[:20],
        "ask_form": AskForm(),
        "reason_form": ReasonForm(),
        "page": page_address(Link(customer)),
        "languages": LANGUAGES.items(),
    }
    return render_to_string("privacy/_rights.html", context, request)
