"""What the room shows of itself in the menu and at home: the home page, users, and the log's pulse."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from keskio.web import navigation, panels, pulse
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
    panels.register_tile(panels.Tile(key="events", read=pulse.read_figures, order=10))
    panels.register(
        panels.HOME,
        panels.Panel(key="events", title=_("Events hour by hour"), render=pulse.draw, order=5),
    )
