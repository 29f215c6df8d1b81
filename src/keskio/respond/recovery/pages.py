"""What the wing shows of itself in the menu, and on the customer's page."""

from __future__ import annotations

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy

from keskio.kernel.i18n import in_language
from keskio.know.api import same_person_ids
from keskio.respond.recovery.queries import approvals_waiting, plans_in_force, runs_of
from keskio.web import navigation, panels


def register() -> None:
    """Put the pages in the menu and the panels in their places. Called once by the wiring."""
    navigation.register(
        navigation.Item(
            key="recovery",
            title=pgettext_lazy("menu", "Recovery plans"),
            url_name="recovery:plans",
            icon="reply",
            group="respond",
            order=16,
            count=approvals_waiting,
        )
    )
    panels.register(
        panels.CUSTOMER,
        panels.Panel(
            key="recovery", title=gettext_lazy("Put right"), render=draw_of_customer, order=39
        ),
    )


def draw_of_customer(request: HttpRequest, subject: int | None) -> str | None:
    """Draw how cases of a customer were put right, and with what; nothing when there were none."""
    found = runs_of(same_person_ids(subject)) if subject is not None else []
    if not found:
        return None
    shown = get_language() or "fi"
    titles = {
        row.key: in_language(plan.title, shown) for row, plan in plans_in_force(also_off=True)
    }
    runs = [(run, titles.get(run.plan, run.plan), list(run.compensations.all())) for run in found]
    return render_to_string("recovery/_of_customer.html", {"runs": runs}, request)
