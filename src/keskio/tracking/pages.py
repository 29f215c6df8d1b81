"""What the room shows of itself in the menu and at home."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from keskio.tracking.queries import open_count
from keskio.web import navigation, panels
from keskio.web.roles import ADMIN


def register() -> None:
    """Put the room's pages in the menu, and a figure at home. Called once by the wiring."""
    navigation.register(
        navigation.Item(
            key="quarantine",
            title=_("Quarantine"),
            url_name="tracking:quarantine",
            icon="quarantine",
            group="keep",
            order=60,
            count=open_count,
        )
    )
    navigation.register(
        navigation.Item(
            key="plan",
            title=_("Data plan"),
            url_name="tracking:plan",
            icon="check",
            group="keep",
            order=64,
        )
    )
    navigation.register(
        navigation.Item(
            key="sources",
            title=_("Sources and keys"),
            url_name="tracking:sources",
            icon="key",
            group="settings",
            order=80,
            role=ADMIN,
        )
    )
    panels.register_tile(panels.Tile(key="quarantine", read=figures, order=90))


def figures(_request: HttpRequest) -> Sequence[panels.Figure]:
    """Return how many items wait in quarantine."""
    count = open_count()
    return [
        panels.Figure(
            title=_("In quarantine"),
            value=count,
            note=_("items to look at"),
            url=reverse("tracking:quarantine"),
            needs_attention=count > 0,
        )
    ]
