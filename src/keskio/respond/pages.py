"""What the room shows of itself in the menu, at home, and on the customer's page: tasks."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keskio.know.api import same_person_ids
from keskio.respond.confiding import shown_to
from keskio.respond.queries import open_task_count, task_counts, tasks_in, tasks_of
from keskio.respond.views import rows_of
from keskio.web import navigation, panels

_SHOWN_AT_HOME = 5


def register() -> None:
    """Put the room's pages in the menu, its figures and panels in their places. Called once."""
    navigation.register(
        navigation.Item(
            key="tasks",
            title=gettext_lazy("Tasks"),
            url_name="respond:tasks",
            icon="task",
            group="respond",
            order=14,
            count=open_task_count,
        )
    )
    panels.register_tile(panels.Tile(key="tasks", read=read_figures, order=40))
    panels.register(
        panels.HOME,
        panels.Panel(key="tasks", title=gettext_lazy("Tasks due next"), render=draw_next, order=40),
    )
    panels.register(
        panels.CUSTOMER,
        panels.Panel(key="tasks", title=gettext_lazy("Tasks"), render=draw_of_customer, order=40),
    )


def read_figures(request: HttpRequest) -> Sequence[panels.Figure]:
    """Return the figure of the open tasks, marked when some are late."""
    counts = task_counts(request.user.get_username())
    return [
        panels.Figure(
            title=_("Open tasks"),
            value=counts.open,
            note=_("%(count)s late") % {"count": counts.late} if counts.late else "",
            url=reverse("respond:tasks"),
            needs_attention=bool(counts.late),
        )
    ]


def draw_next(request: HttpRequest, _subject: int | None) -> str:
    """Draw the tasks that are due next."""
    rows = rows_of(shown_to(request.user, tasks_in(state="open")[:_SHOWN_AT_HOME]))
    return render_to_string("respond/_next.html", {"rows": rows}, request)


def draw_of_customer(request: HttpRequest, subject: int | None) -> str | None:
    """Draw the latest tasks about a customer; nothing when there are none."""
    found = tasks_of(same_person_ids(subject)) if subject is not None else []
    if not found:
        return None
    return render_to_string(
        "respond/_of_customer.html", {"tasks": shown_to(request.user, found)}, request
    )
