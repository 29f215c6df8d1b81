"""What the room shows of itself in the menu and at home: customers."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keskio.kernel.clock import now, to_micros
from keskio.know.identity_views import draw_identities
from keskio.know.queries import customer_counts, open_doubts
from keskio.web import navigation, panels


def register() -> None:
    """Put the room's pages in the menu and its figures at home. Called once by the wiring."""
    navigation.register(
        navigation.Item(
            key="customers",
            title=gettext_lazy("Customers"),
            url_name="know:customers",
            icon="people",
            group="know",
            order=40,
        )
    )
    navigation.register(
        navigation.Item(
            key="doubts",
            title=gettext_lazy("Merges to decide"),
            url_name="know:doubts",
            icon="people",
            order=61,
            group="keep",
            count=open_doubts,
        )
    )
    panels.register(
        panels.CUSTOMER,
        panels.Panel(
            key="identities",
            title=gettext_lazy("Evidence and merges"),
            render=draw_identities,
            tab=panels.KNOWN,
        ),
    )
    panels.register_tile(panels.Tile(key="customers", read=read_figures, order=30))


def read_figures(_request: HttpRequest) -> Sequence[panels.Figure]:
    """Return the figure of the customers."""
    midnight = timezone.localtime(now()).replace(hour=0, minute=0, second=0, microsecond=0)
    total, new = customer_counts(since=to_micros(midnight))
    return [
        panels.Figure(
            title=_("Customers"),
            value=total,
            note=_("%(count)s new today") % {"count": new} if new else "",
            url=reverse("know:customers"),
        )
    ]
