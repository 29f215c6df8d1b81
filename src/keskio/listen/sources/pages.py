"""What is shown in the menu."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from keskio.listen.sources.models import Source
from keskio.web import navigation


def register() -> None:
    """Put the pages in the menu and the panels in their places. Called once by the wiring."""
    navigation.register(
        navigation.Item(
            key="mention-sources",
            title=_("Sources of mentions"),
            url_name="sources:sources",
            icon="globe",
            group="keep",
            order=67,
            count=ailing,
        )
    )


def ailing() -> int:
    """Return how many sources are in trouble again and again."""
    return Source.objects.filter(is_paused=False, failures__gte=5).count()
