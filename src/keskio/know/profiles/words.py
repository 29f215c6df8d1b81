"""What the wing's words are called on pages: variables, doubts, verdicts, conditions of an explanation."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, log10

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keskio.know.profiles.reports import CONTINUUM, NONE, SEGMENTS, Condition, Found

TITLES: dict[str, str | Promise] = {
    "recency": gettext_lazy("Days since the last purchase"),
    "frequency": gettext_lazy("Purchases"),
    "monetary": gettext_lazy("Value of all purchases"),
    "average": gettext_lazy("Mean value of a purchase"),
    "trait:language": gettext_lazy("Language"),
}
DOUBTS: dict[str, str | Promise] = {
    "contractual": gettext_lazy(
        "The business is contractual: customers end by giving notice, and these models are made for those"
        " who just stop. Look at the length of contracts instead."
    ),
    "dependent_spending": gettext_lazy(
        "Those who buy often also spend more, or less, on each purchase. The model of spending takes"
        " these for independent, so money leans the wrong way; the order of customers is still of use."
    ),
    "few_repeaters": gettext_lazy(
        "Fewer than 200 customers have bought again: the ranges of the parameters are wide."
    ),
    "steady_like_a_contract": gettext_lazy(
        "Customers buy at very even intervals, as with a subscription. The model expects chance, and"
        " takes a missed purchase too lightly."
    ),
    "short_history": gettext_lazy("The history is shorter than half a year."),
    "unsure_parameters": gettext_lazy(
        "Some parameter could be many times larger or smaller: the customers differ too little from each"
        " other, or are too few, for the model to tell."
    ),
}
VERDICTS: dict[str, tuple[str | Promise, str | Promise, str]] = {
    SEGMENTS: (
        gettext_lazy("There are segments here."),
        gettext_lazy(
            "The same clusters are found in one half of the customers as in the other, and they stand"
            " apart more than slices of one round cloud do."
        ),
        "good",
    ),
    CONTINUUM: (
        gettext_lazy("These are slices of a continuum."),
        gettext_lazy(
            "Customers differ, but nothing parts them: the borders could as well lie elsewhere. Slices"
            " may be of use, as age groups are; do not look for a nature in them."
        ),
        "warn",
    ),
    NONE: (
        gettext_lazy("There are no segments here."),
        gettext_lazy(
            "By these variables the customers are one cloud, and another sample would give other clusters."
            " Choose by what you want to do instead: a segment by conditions, or RFM."
        ),
        "bad",
    ),
}
UNITS: dict[str, str | Promise] = {
    "day": gettext_lazy("Day"),
    "week": gettext_lazy("Week"),
    "month": gettext_lazy("Month"),
}
METHODS: dict[str, str | Promise] = {
    "kmeans": gettext_lazy("k-means: round clusters, also of a million customers"),
    "ward": gettext_lazy("Hierarchical (Ward): a tree that is drawn, of a sample"),
}


def title_of(variable: str) -> str:
    """Return what pages call a variable."""
    if variable in TITLES:
        return str(TITLES[variable])
    kind, _colon, name = variable.partition(":")
    if kind == "times":
        return _("How many times: %(event)s") % {"event": name}
    return name


def about(value: float) -> str:
    """Return a number with two figures that mean something, as the reader's language writes it.

    More figures would promise what a model cannot keep.
    """
    if value == 0 or abs(value) < 0.005:
        return "0"
    places = 1 - floor(log10(abs(value)))
    rounded = round(value, places)
    return number_format(rounded, decimal_pos=max(0, places), use_l10n=True, force_grouping=True)


def percent(share: float, *, places: int = 0) -> str:
    """Return a share as a percentage, as the reader's language writes it."""
    return _("%(number)s %%") % {"number": number_format(100 * share, decimal_pos=places)}


def decimal(value: float, places: int = 2) -> str:
    """Return a number with so many decimals."""
    return number_format(value, decimal_pos=places)


def money_range(low: float, high: float, currency: str) -> str:
    """Return a range of money in words."""
    if high <= 0.005:
        return _("Hardly anything")
    return _("%(low)s–%(high)s %(currency)s") % {
        "low": about(low),
        "high": about(high),
        "currency": currency,
    }


def condition_said(condition: Condition) -> str:
    """Return a step of an explanation in words."""
    told = {"name": title_of(condition.name), "value": about(condition.value)}
    if condition.is_above:
        return _("%(name)s: more than %(value)s") % told
    return _("%(name)s: at most %(value)s") % told


def rule_said(rule: Sequence[Condition]) -> str:
    """Return what tells a cluster from the others as one sentence."""
    if not rule:
        return _("Nothing simple tells it from the others.")
    return "; ".join(condition_said(condition) for condition in rule) + "."


def suggested_name(found: Found) -> str:
    """Return what a cluster may be called until somebody gives it a better name."""
    if not found.rule:
        return ""
    return condition_said(found.rule[0])[:60]
