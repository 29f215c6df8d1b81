"""What the room shows of itself in the menu."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from keskio.web import navigation
from keskio.web.roles import ADMIN


def register() -> None:
    """Put the room's pages in the menu. Called once by the wiring."""
    navigation.register(
        navigation.Item(
            key="channels",
            title=_("Channels"),
            url_name="channels:accounts",
            icon="channel",
            group="settings",
            order=70,
            role=ADMIN,
        )
    )
