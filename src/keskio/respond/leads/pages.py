"""What is shown in the menu and on the customer's page: leads."""

from __future__ import annotations

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from keskio.know.api import same_person_ids
from keskio.respond.leads.queries import leads_of, open_lead_count
from keskio.web import navigation, panels


def register() -> None:
    """Put the pages in the menu and the panel in its place. Called once by the wiring."""
    navigation.register(
        navigation.Item(
            key="leads",
            title=_("Leads"),
            url_name="leads:leads",
            icon="phone",
            group="respond",
            order=17,
            count=open_lead_count,
        )
    )
    panels.register(
        panels.CUSTOMER,
        panels.Panel(key="leads", title=_("Leads"), render=draw_of_customer, order=42),
    )


def draw_of_customer(request: HttpRequest, subject: int | None) -> str | None:
    """Draw the latest leads of a customer; nothing when there are none."""
    found = leads_of(same_person_ids(subject)) if subject is not None else []
    if not found:
        return None
    return render_to_string("leads/_of_customer.html", {"leads": found}, request)
