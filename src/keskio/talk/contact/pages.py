"""What the wing shows of itself in the menu and on the pages of others."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from keskio.web import navigation


def register() -> None:
    """Put the wing's pages in the menu. Called once by the wiring."""
    navigation.register(
        navigation.Item(
            key="contact",
            title=gettext_lazy("Contact pressure"),
            url_name="contact:rules",
            icon="balance",
            group="talk",
            order=37,
        )
    )
