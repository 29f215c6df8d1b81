"""What the wing shows of itself in the menu and on the pages of others."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from keskio.talk.publishing.models import Draft
from keskio.web import navigation


def register() -> None:
    """Put the wing's pages in the menu. Called once by the wiring."""
    navigation.register(
        navigation.Item(
            key="drafts",
            title=_("Drafts"),
            url_name="publishing:drafts",
            icon="flow",
            group="talk",
            order=31,
            count=asked_count,
        )
    )


def asked_count() -> int:
    """Return how many drafts wait for a second person."""
    return Draft.objects.filter(state=Draft.State.ASKED).count()
