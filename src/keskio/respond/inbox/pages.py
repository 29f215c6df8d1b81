"""What is shown in the menu and on the pages of others."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from keskio.respond.inbox.queries import queue_names
from keskio.web import names, navigation
from keskio.web.roles import ADMIN


def register() -> None:
    """Put the page of the web chat in the menu, under the channels. Called once by the wiring."""
    names.register(names.QUEUE, queue_names)
    navigation.register(
        navigation.Item(
            key="web-chat",
            title=_("Web chat"),
            url_name="inbox:web_chat",
            icon="dialogue",
            group="settings",
            order=71,
            role=ADMIN,
        )
    )
