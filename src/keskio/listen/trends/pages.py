"""What is shown in the menu and on the pages of others."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from keskio.listen.trends.queries import open_alert_count
from keskio.web import navigation, panels


def register() -> None:
    """Put the pages in the menu and the panels in their places. Called once by the wiring."""
    navigation.register(
        navigation.Item(
            key="trends",
            title=_("Trends"),
            url_name="trends:trends",
            icon="flow",
            group="listen",
            order=21,
            count=open_alert_count,
        )
    )
    panels.register_tile(panels.Tile(key="alerts", order=44, read=figures))


def figures(request: HttpRequest) -> list[panels.Figure]:  # noqa: ARG001 - a tile's shape
    """Return how many rising themes nobody has taken note of; nothing while there is none."""
    count = open_alert_count()
    if not count:
        return []
    address = reverse("trends:alerts")
    return [panels.Figure(title=_("Rising themes"), value=count, url=address, needs_attention=True)]
