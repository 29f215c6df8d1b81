"""What is shown in the menu: interviews."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from keskio.web import navigation


def register() -> None:
    """Put the pages in the menu. Called once by the wiring."""
    navigation.register(
        navigation.Item(
            key="interviews",
            title=_("Interviews"),
            url_name="interviews:studies",
            icon="book",
            group="listen",
            order=23,
        )
    )
