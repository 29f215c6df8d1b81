"""What the wing shows of itself in the menu, at home and on the customer page."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keskio.know.duplicates.queries import candidates_of, waiting_count
from keskio.know.queries import people_of
from keskio.web import navigation, panels


def register() -> None:
    """Put the wing's pages and panels in their places. Called once by the wiring."""
    navigation.register(
        navigation.Item(
            key="duplicates",
            title=gettext_lazy("Duplicates"),
            url_name="duplicates:duplicates",
            icon="people",
            order=63,
            group="keep",
            count=waiting_count,
        )
    )
    panels.register_tile(panels.Tile(key="duplicates", read=read_figures, order=63))
    panels.register(
        panels.CUSTOMER,
        panels.Panel(
            key="duplicates",
            title=gettext_lazy("Perhaps the same"),
            render=draw_panel,
            order=15,
            is_beside=True,
        ),
    )


def read_figures(_request: HttpRequest) -> Sequence[panels.Figure]:
    """Return how many pairs wait for a decision, while there are any."""
    count = waiting_count()
    if not count:
        return []
    url = reverse("duplicates:duplicates")
    return [panels.Figure(title=_("Possible duplicates"), value=count, url=url)]


def draw_panel(request: HttpRequest, customer: int | None) -> str | None:
    """Draw who may be the same person as `customer`, if anybody may."""
    pairs = candidates_of(customer or 0)
    if not pairs:
        return None
    others = [pair.high_id if pair.low_id == customer else pair.low_id for pair in pairs]
    people = people_of(others)
    shown = [
        (people[other], min(99, int(pair.probability * 100)))
        for pair, other in zip(pairs, others, strict=True)
        if other in people
    ]
    return render_to_string("duplicates/_panel.html", {"others": shown}, request)
