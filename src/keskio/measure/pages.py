"""What the room shows of itself in the menu."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from keskio.web import navigation


def register() -> None:
    """Put the room's pages in the menu. Called once by the wiring."""
    navigation.register(
        navigation.Item(
            key="effects",
            title=_("What it caused"),
            url_name="measure:effects",
            icon="balance",
            group="talk",
            order=34,
        )
    )
