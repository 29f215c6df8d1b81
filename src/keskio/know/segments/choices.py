"""What the builder's controls are called: kinds of conditions, comparisons, windows, units."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keskio.know import words

Words = list[tuple[str, "str | Promise"]]

GROUPS: Words = [
    ("all", _("All of these hold")),
    ("any", _("At least one of these holds")),
    ("not", _("None of these holds")),
]
ATOMS: Words = [
    ("trait", _("Trait")),
    ("trait_date", _("Date of a trait")),
    ("anniversary", _("Birthday or other anniversary")),
    ("consent", _("Consent")),
    ("segment", _("Segment")),
    ("stage", _("Stage")),
    ("object", _("Object: car, order, contract …")),
    ("event", _("Event: has happened so many times")),
    ("figure", _("Event: sum, average, latest …")),
    ("recency", _("Event: its last or first time")),
    ("sequence", _("Event followed by another, or not")),
    ("text", _("As text")),
]
OPERATORS: Words = [
    ("is", _("is")),
    ("is_not", _("is not")),
    ("in", _("is one of")),
    ("at_least", _("at least")),
    ("at_most", _("at most")),
    ("more_than", _("more than")),
    ("less_than", _("less than")),
    ("contains", _("contains")),
    ("begins_with", _("begins with")),
    ("exists", _("is known (true or false)")),
]
TIMES: Words = [
    ("", _("at least once")),
    ("at_least", _("at least")),
    ("at_most", _("at most")),
    ("is", _("exactly")),
    ("is_not", pgettext_lazy("times", "other than")),
    ("more_than", _("more than")),
    ("less_than", _("fewer than")),
]
FIGURES: Words = [
    ("sum", _("sum of")),
    ("average", _("average of")),
    ("min", _("smallest")),
    ("max", _("largest")),
    ("first", _("first")),
    ("last", _("latest")),
    ("distinct", _("number of different")),
]
PAST: Words = [
    ("", _("at any time")),
    ("last", _("during the last")),
    ("before", _("longer ago than")),
    ("this", _("during this")),
    ("between", _("between dates")),
]
DATES: Words = [
    ("last", _("during the last")),
    ("before", _("longer ago than")),
    ("next", _("during the next")),
    ("this", _("during this")),
    ("between", _("between dates")),
]
UNITS: Words = [
    ("minute", _("minutes")),
    ("hour", _("hours")),
    ("day", _("days")),
    ("week", _("weeks")),
    ("month", _("months")),
    ("year", _("years")),
]
PERIODS: Words = [
    ("day", pgettext_lazy("this period", "day")),
    ("week", pgettext_lazy("this period", "week")),
    ("month", pgettext_lazy("this period", "month")),
    ("year", pgettext_lazy("this period", "year")),
]
HELD: Words = [
    ("", _("now, however long")),
    ("for_at_least", _("for at least")),
    ("for_less_than", _("for less than")),
]
CAME: Words = [("then", _("and then came")), ("not_then", _("and then did not come"))]
WHICH: Words = [("last", _("last time")), ("first", _("first time"))]
STATES: Words = [
    ("", _("given")),
    ("denied", _("denied")),
    ("withdrawn", _("withdrawn")),
    ("expired", _("expired")),
    ("none", _("never asked")),
]


def all_words() -> dict[str, Words]:
    """Return every list by the name that templates use."""
    return {
        "groups": GROUPS,
        "atoms": ATOMS,
        "operators": OPERATORS,
        "times": TIMES,
        "figures": FIGURES,
        "past": PAST,
        "dates": DATES,
        "units": UNITS,
        "periods": PERIODS,
        "held": HELD,
        "came": CAME,
        "which": WHICH,
        "states": STATES,
        "purposes": [(key, words.PURPOSES[key]) for key in words.PURPOSES],
        "channels": [(key, words.CHANNELS[key]) for key in words.CHANNELS],
    }
