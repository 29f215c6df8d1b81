"""What the room shows of itself in the menu and at home: the home page, users, and the log's pulse."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from keskio.web import navigation
from keskio.web.roles import ADMIN


def register() -> None:
    """Put the room's pages in the menu. Called once by the wiring."""
    navigation.register(
        navigation.Item(key="home", title=_("Home"), url_name="web:home", icon="home", order=10)
    )
    navigation.register(
        navigation.Item(
            key="users",
            title=_("Users"),
            url_name="web:users",
            icon="people",
            group="settings",
            order=90,
            role=ADMIN,
        )
    )
