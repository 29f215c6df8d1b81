"""What the wing shows of itself in the menu."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from keskio.talk.replies.queries import open_count
from keskio.web import navigation


def register() -> None:
    """Put the wing's pages in the menu. Called once by the wiring."""
    navigation.register(
        navigation.Item(
            key="unclear",
            title=_("Unclear replies"),
            url_name="replies:unclear",
            icon="inbox",
            group="respond",
            order=13,
            count=open_count,
        )
    )
