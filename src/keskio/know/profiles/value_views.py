"""Pages of value: the overview of the wing, the model card, the rule of purchases, ranked customers."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from keskio.know.profiles import charts, words
from keskio.know.profiles.actions import VALUE, ask_for, save_rule
from keskio.know.profiles.forms import RuleForm
from keskio.know.profiles.models import CustomerValue, Persona, PurchaseRule
from keskio.know.profiles.queries import (
    cluster_names,
    latest_card,
    model_in_use,
    rows_with_people,
    rule_in_force,
    versions,
    work_on,
)
from keskio.know.profiles.shapes import Curve, FitTold, ModelCard
from keskio.web.paging import page_of_rows
from keskio.web.roles import editor

_LONG_CURVE = 10


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Show what the wing knows, in four parts."""
    found = latest_card()
    context = {
        "rule": rule_in_force(),
        "fit": found[0] if found else None,
        "doubts": len(found[1].doubts) if found else 0,
        "version": next(iter(versions()), None),
        "clusters": cluster_names(),
        "model": model_in_use(),
        "personas": list(Persona.objects.all()[:6]),
    }
    return render(request, "profiles/overview.html", context)


@require_safe
def value(request: HttpRequest) -> HttpResponse:
    """Show the model card of value; while it is computed, asked for by htmx, only the part that changes."""
    found, rule_now = latest_card(), rule_in_force()
    context: dict[str, Any] = {"rule": rule_now, "work": work_on(VALUE), "fit": None}
    if found is not None and rule_now is not None:
        fit, card = found
        context |= {"fit": fit, "card": card, **_told(card, rule_now)}
    live = request.headers.get("HX-Request") == "true"
    return render(request, "profiles/_value.html" if live else "profiles/value.html", context)


def _told(card: ModelCard, rule_now: PurchaseRule) -> dict[str, Any]:
    """Return the card as the page says it."""
    currency = rule_now.currency
    return {
        "doubts": [words.DOUBTS[doubt] for doubt in card.doubts],
        "unit": words.UNITS[card.unit],
        "correlation": words.decimal(card.correlation),
        "deciles": [
            {
                "decile": decile.decile,
                "customers": decile.customers,
                "range": words.money_range(decile.low, decile.high, currency),
                "share": words.percent(decile.share),
                "percent": round(100 * decile.share),
                "alive": words.percent(decile.alive),
            }
            for decile in card.deciles
        ],
        "fits": [
            (_("Purchases (BG/NBD)"), *_fit_told(card.bg)),
            (_("Purchases, who may leave after the first (MBG/NBD)"), *_fit_told(card.mbg)),
            (_("Spending (gamma-gamma)"), *_fit_told(card.spending)),
        ],
        **(_curve_told(card.curve) if card.curve else {}),
        **(_holdout_told(card) if card.holdout else {}),
    }


def _fit_told(fit: FitTold) -> tuple[list[tuple[str, str, str]], str]:
    rows = [
        (name, words.decimal(number, 3), "–".join(words.about(end) for end in fit.intervals[name]))
        for name, number in fit.parameters.items()
    ]
    return rows, words.decimal(fit.log_likelihood, 1)


def _curve_told(curve: Curve) -> dict[str, Any]:
    label = _(
        "Repeat purchases in all: what happened, and what the model expected. The upright line is the"
        " day after which it was shown nothing."
    )
    series = [("chart-actual", curve.actual), ("chart-expected", curve.expected)]
    step = max(1, len(curve.days) // _LONG_CURVE)
    day = 86_400_000_000
    points = list(zip(curve.days, curve.actual, curve.expected, strict=True))
    return {
        "curve": charts.lines(curve.days, series, cut=curve.cut_day, label=label),
        "cut_at": curve.cut_day * day,
        "points": [
            (at * day, round(actual), round(expected))
            for at, actual, expected in points[::-1][::step][::-1]
        ],
    }


def _holdout_told(card: ModelCard) -> dict[str, Any]:
    holdout = card.holdout
    assert holdout is not None
    off = (holdout.expected - holdout.actual) / holdout.actual if holdout.actual else 0.0
    return {
        "holdout": holdout,
        "expected": round(holdout.expected),
        "expected_mbg": round(holdout.expected_mbg),
        "off": words.percent(abs(off)),
        "is_low": off < 0,
        "holdout_rows": [
            (row.x, row.customers, words.decimal(row.actual), words.decimal(row.expected))
            for row in holdout.rows
        ],
    }


@require_http_methods(["GET", "POST"])
@editor
def rule(request: HttpRequest) -> HttpResponse:
    """Say what a purchase is."""
    form = RuleForm(request.POST or None, instance=rule_in_force() or PurchaseRule())
    if request.method == "POST" and form.is_valid():
        save_rule(by=request.user.get_username(), **form.cleaned_data)
        messages.success(request, _("Saved. Values and scores are being computed."))
        return redirect("profiles:value")
    status = 422 if form.errors else 200
    return render(request, "profiles/rule.html", {"form": form}, status=status)


@require_POST
@editor
def compute(request: HttpRequest) -> HttpResponse:
    """Ask for values to be computed now."""
    ask_for(VALUE)
    messages.success(request, _("Values are being computed."))
    return redirect("profiles:value")


@require_safe
def customers(request: HttpRequest) -> HttpResponse:
    """List customers by value, the most valuable first; `?decile=` narrows it down to a tenth."""
    text = request.GET.get("decile", "")
    decile = int(text) if text.isdecimal() and 1 <= int(text) <= 10 else None
    rows = CustomerValue.objects.order_by("-percentile", "-middle", "pk")
    if decile:
        rows = rows.filter(percentile__gt=10 * (decile - 1), percentile__lte=10 * decile)
    page = page_of_rows(request, rows)
    rule_now = rule_in_force()
    currency = rule_now.currency if rule_now else ""
    context = {
        "page": page,
        "decile": decile,
        "rows": [
            (
                row,
                person,
                words.money_range(row.low, row.high, currency),
                words.percent(row.alive),
                row.last_day * 86_400_000_000,
            )
            for row, person in rows_with_people(page.items)
        ],
    }
    return render(request, "profiles/value_customers.html", context)
