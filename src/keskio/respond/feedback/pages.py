"""What is shown in the menu: root causes and the page for feedback."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from keskio.respond.feedback.queries import late_count
from keskio.web import navigation


def register() -> None:
    """Put the pages in the menu. Called once by the wiring."""
    navigation.register(
        navigation.Item(
            key="causes",
            title=_("Feedback and causes"),
            url_name="feedback:causes",
            icon="warn",
            group="respond",
            order=18,
            count=lambda: late_count(timezone.localdate()),
        )
    )
