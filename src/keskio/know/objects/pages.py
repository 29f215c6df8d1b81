"""What the wing shows of itself in the menu and on the customer page."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from keskio.know.objects import feeds
from keskio.know.objects.browsing import kind_names
from keskio.know.objects.views import draw_customer
from keskio.web import names, navigation, panels


def register() -> None:
    """Put the wing's pages and panels in their places, and feed the lake. Called once by the wiring."""
    feeds.register()
    names.register(names.OBJECT, kind_names)
    navigation.register(
        navigation.Item(
            key="objects",
            title=_("Objects"),
            url_name="objects:kinds",
            icon="book",
            group="know",
            order=44,
        )
    )
    panels.register(
        panels.CUSTOMER,
        panels.Panel(
            key="objects",
            title=_("What the customer has"),
            render=draw_customer,
            order=40,
            tab=panels.KNOWN,
        ),
    )
