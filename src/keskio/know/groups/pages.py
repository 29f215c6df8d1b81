"""What the wing shows of itself in the menu, at home and on the customer page."""

from __future__ import annotations

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from keskio.know.groups import words
from keskio.know.groups.queries import groups_of
from keskio.know.words import called
from keskio.web import navigation, panels


def register() -> None:
    """Put the wing's pages and panels in their places. Called once by the wiring."""
    navigation.register(
        navigation.Item(
            key="groups",
            title=_("Households and organisations"),
            url_name="groups:groups",
            icon="people",
            group="know",
            order=45,
        )
    )
    panels.register(
        panels.CUSTOMER,
        panels.Panel(
            key="groups",
            title=_("Households and organisations"),
            render=draw_groups,
            tab=panels.KNOWN,
            is_beside=True,
        ),
    )


def draw_groups(request: HttpRequest, customer: int | None) -> str | None:
    """Draw the groups of a customer, or nothing when there are none."""
    found = groups_of([customer]).get(customer, []) if customer is not None else []
    if not found:
        return None
    rows = [(x, called(words.KINDS, x.kind), called(words.ROLES, x.role)) for x in found]
    return render_to_string("groups/_of_customer.html", {"rows": rows}, request)
