"""What is shown in the menu and on the pages of others."""

from __future__ import annotations

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from keskio.kernel.clock import now_micros
from keskio.know.api import merged_into
from keskio.listen import drawing
from keskio.listen.queries import DAY, of_customers, pulse, urgent_count
from keskio.web import navigation, panels


def register() -> None:
    """Put the pages in the menu and the panels in their places. Called once by the wiring."""
    navigation.register(
        navigation.Item(
            key="mentions",
            title=_("Mentions"),
            url_name="listen:mentions",
            icon="globe",
            group="listen",
            order=20,
        )
    )
    panels.register_tile(panels.Tile(key="mentions", order=45, read=figures))
    panels.register(
        panels.CUSTOMER,
        panels.Panel(key="said", title=_("What this customer has said"), render=said_by, order=60),
    )


def figures(request: HttpRequest) -> list[panels.Figure]:  # noqa: ARG001 - a tile's shape
    """Return the day's mentions, and how many of them are urgent."""
    since = now_micros() - DAY
    found = pulse(since)
    if not found["mentions"]:
        return []
    urgent = urgent_count(since)
    address = reverse("listen:mentions")
    return [
        panels.Figure(
            title=_("Mentions in a day"), value=found["mentions"], url=f"{address}?days=1"
        ),
        panels.Figure(
            title=_("Urgent mentions"),
            value=urgent,
            url=f"{address}?days=1&order=urgent",
            needs_attention=urgent > 0,
        ),
    ]


def said_by(request: HttpRequest, customer: int | None) -> str | None:  # noqa: ARG001 - a panel's shape
    """Draw what a customer has said in public or to us alone; nothing where there is nothing."""
    if customer is None:
        return None
    records = [customer, *merged_into([customer]).get(customer, [])]
    rows = [
        (
            row,
            drawing.name_of(drawing.CHANNELS, row.channel),
            drawing.tone_of(row.negative, row.polarity),
        )
        for row in of_customers(records)
    ]
    return render_to_string("listen/_of_customer.html", {"rows": rows}) if rows else None
