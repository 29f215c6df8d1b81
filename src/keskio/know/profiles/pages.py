"""What the wing shows of itself in the menu and on the customer page."""

from __future__ import annotations

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy

from keskio.know.profiles import words
from keskio.know.profiles.queries import of_customer, rule_in_force
from keskio.web import navigation, panels

_DAY = 86_400_000_000


def register() -> None:
    """Put the wing's pages and panels in their places. Called once by the wiring."""
    navigation.register(
        navigation.Item(
            key="profiles",
            title=gettext_lazy("Profiles"),
            url_name="profiles:overview",
            icon="balance",
            group="know",
            order=42,
        )
    )
    panels.register(
        panels.CUSTOMER,
        panels.Panel(
            key="value",
            title=gettext_lazy("Value"),
            render=draw_of_customer,
            order=42,
            is_beside=True,
        ),
    )


def draw_of_customer(request: HttpRequest, subject: int | None) -> str | None:
    """Draw what is characteristic of a customer; nothing where nothing has been computed."""
    if subject is None:
        return None
    value, score, cluster = of_customer(subject)
    if value is None and score is None and not cluster:
        return None
    rule = rule_in_force()
    context = {
        "value": value,
        "score": score,
        "cluster": cluster,
        "range": words.money_range(value.low, value.high, rule.currency) if value and rule else "",
        "months": round(rule.horizon_days / 30.4) if rule else 0,
        "alive": words.percent(value.alive) if value else "",
        "purchases": words.about(value.purchases) if value else "",
        "last_at": score.last_day * _DAY if score else None,
        "top": 101 - value.percentile if value else 0,
    }
    return render_to_string("profiles/_of_customer.html", context, request)
