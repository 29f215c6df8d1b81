"""What the wing shows of itself in the menu."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from keskio.web import navigation


def register() -> None:
    """Put the wing's pages in the menu. Called once by the wiring."""
    navigation.register(
        navigation.Item(
            key="computed",
            title=_("Computed traits"),
            url_name="computed:traits",
            icon="balance",
            group="know",
            order=43,
        )
    )
