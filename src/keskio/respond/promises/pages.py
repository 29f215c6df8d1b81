"""What the wing shows of itself in the menu, at home, and on the customer's page."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keskio.know.api import same_person_ids
from keskio.respond.promises.queries import open_promise_count, promise_counts, promises_of
from keskio.web import navigation, panels


def register() -> None:
    """Put the pages in the menu and the panels in their places. Called once by the wiring."""
    navigation.register(
        navigation.Item(
            key="promises",
            title=gettext_lazy("Promises"),
            url_name="promises:promises",
            icon="check",
            group="respond",
            order=15,
            count=open_promise_count,
        )
    )
    panels.register_tile(panels.Tile(key="promises", read=read_figures, order=42))
    panels.register(
        panels.CUSTOMER,
        panels.Panel(
            key="promises", title=gettext_lazy("Promises"), render=draw_of_customer, order=38
        ),
    )


def read_figures(request: HttpRequest) -> Sequence[panels.Figure]:
    """Return the figure of the open promises, marked when some have been broken."""
    counts = promise_counts(request.user.get_username())
    return [
        panels.Figure(
            title=_("Open promises"),
            value=counts.open,
            note=_("%(count)s broken, not put right") % {"count": counts.late}
            if counts.late
            else "",
            url=reverse("promises:promises") + ("?state=late" if counts.late else ""),
            needs_attention=bool(counts.late),
        )
    ]


def draw_of_customer(request: HttpRequest, subject: int | None) -> str | None:
    """Draw what has been promised to a customer, with a way to record one more."""
    if subject is None:
        return None
    found = promises_of(same_person_ids(subject))
    context = {"promises": found, "customer": subject}
    return render_to_string("promises/_of_customer.html", context, request)
