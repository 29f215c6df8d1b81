"""What is shown in the menu and on the pages of others."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from keskio.web import navigation


def register() -> None:
    """Put the pages in the menu and the panels in their places. Called once by the wiring."""
    navigation.register(
        navigation.Item(
            key="teaching",
            title=gettext_lazy("Teaching"),
            url_name="teaching:queue",
            icon="book",
            group="keep",
            order=68,
        )
    )
