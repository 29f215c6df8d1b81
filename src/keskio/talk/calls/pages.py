"""What the wing shows of itself in the menu."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from keskio.web import navigation
from keskio.web.roles import ADMIN


def register() -> None:
    """Put the wing's pages in the menu. Called once by the wiring."""
    navigation.register(
        navigation.Item(
            key="connections",
            title=_("Connections"),
            url_name="calls:connections",
            icon="source",
            group="settings",
            order=75,
            role=ADMIN,
        )
    )
