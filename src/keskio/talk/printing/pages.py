"""What the wing shows of itself in the menu."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from keskio.web import navigation


def register() -> None:
    """Put the page of letters in the menu. Called once by the wiring."""
    navigation.register(
        navigation.Item(
            key="letters",
            title=_("Letters"),
            url_name="printing:runs",
            icon="inbox",
            group="talk",
            order=36,
        )
    )
