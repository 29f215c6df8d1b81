"""What is shown in the menu and on the pages of others."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keskio.know.api import same_person_ids
from keskio.listen.api import set_case_finder
from keskio.respond.desk import side, timeline
from keskio.respond.desk.contracts import Wanted
from keskio.respond.desk.mentions import address_of_case
from keskio.respond.desk.models import Nudge
from keskio.respond.desk.queries import list_counts, listed_cases, rows_of, waiting_count
from keskio.respond.desk.words import sign_of
from keskio.respond.inbox.contracts import AWAY
from keskio.respond.inbox.models import Case
from keskio.web import navigation, panels

SHOWN = 5


def register() -> None:
    """Put the pages in the menu and the panels in their places. Called once by the wiring."""
    timeline.register()
    navigation.register(
        navigation.Item(
            key="inbox",
            title=gettext_lazy("Inbox"),
            url_name="desk:inbox",
            icon="inbox",
            group="respond",
            order=12,
            count=waiting_count,
        )
    )
    panels.register_tile(panels.Tile(key="inbox", read=read_figures, order=22))
    panels.register(
        panels.HOME,
        panels.Panel(
            key="inbox", title=gettext_lazy("Waiting for a reply"), render=draw_next, order=22
        ),
    )
    panels.register(
        panels.CUSTOMER,
        panels.Panel(key="cases", title=gettext_lazy("Cases"), render=draw_of_customer, order=22),
    )
    side.register_own()
    set_case_finder(address_of_case)


def read_figures(request: HttpRequest) -> Sequence[panels.Figure]:
    """Return what waits for a reply, and where one was mentioned."""
    counts = list_counts(request.user.get_username())
    figures = [
        panels.Figure(
            title=_("Waiting for a reply"),
            value=counts["now"],
            note=_("%(count)s late") % {"count": counts["late"]} if counts["late"] else "",
            url=reverse("desk:inbox"),
            needs_attention=bool(counts["late"]),
        )
    ]
    if counts["nudged"]:
        figures.append(
            panels.Figure(
                title=_("You were mentioned"),
                value=counts["nudged"],
                url=reverse("desk:inbox") + "?list=nudged",
                needs_attention=True,
            )
        )
    return figures


def draw_next(request: HttpRequest, _subject: int | None) -> str:
    """Draw the cases whose deadlines come next, and the mentions that one has not looked at."""
    username = request.user.get_username()
    listed = listed_cases(Wanted(), username, limit=SHOWN)
    rows = [(row, sign_of(row.case.channel)) for row in rows_of(listed.cases, username)]
    mine = Nudge.objects.filter(username=username, seen_at__isnull=True).order_by("-at")[:SHOWN]
    return render_to_string("desk/_next.html", {"rows": rows, "nudges": mine}, request)


def draw_of_customer(request: HttpRequest, subject: int | None) -> str | None:
    """Draw a customer's cases; nothing when there are none."""
    if subject is None:
        return None
    mine = Case.objects.filter(customer_id__in=same_person_ids(subject)).exclude(place=AWAY)
    found = list(mine.order_by("-pk")[: 2 * SHOWN])
    if not found:
        return None
    return render_to_string("desk/_earlier.html", {"cases": found}, request)
