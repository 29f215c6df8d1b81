"""What is shown in the menu and on the pages of others."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from keskio.web import navigation


def register() -> None:
    """Put the pages in the menu and the panels in their places. Called once by the wiring."""
    navigation.register(
        navigation.Item(
            key="wordlists",
            title=gettext_lazy("Word lists"),
            url_name="wordlists:lists",
            icon="book",
            group="keep",
            order=66,
        )
    )
