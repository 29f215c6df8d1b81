"""What the wing shows of itself in the menu, at home and on the customer page."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from keskio.know.imports.queries import count_at_work
from keskio.web import navigation


def register() -> None:
    """Put the wing's pages and panels in their places. Called once by the wiring."""
    navigation.register(
        navigation.Item(
            key="imports",
            title=_("Imports"),
            url_name="imports:imports",
            icon="source",
            group="keep",
            order=62,
            count=count_at_work,
        )
    )
