"""Pages of the room: what dialogues caused, and what one of them did."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from keskio.engine.scores.uplift import Difference
from keskio.engine.times import DAY
from keskio.kernel.clock import now_micros
from keskio.measure.drawing import Bar, bar_of
from keskio.measure.queries import Effect, arms_of, credits_between, effects
from keskio.talk.api import titles_of

PERIODS = (30, 90, 365)
VERDICTS = {
    "more": (_("caused more"), "good"),
    "less": (_("caused less"), "bad"),
    "no_difference": (_("no difference seen"), "plain"),
    "not_enough": (_("not enough data yet"), "calm"),
    "": (_("no control group"), "warn"),
}


def verdict_of(found: Difference | None) -> tuple[Any, str]:
    """Return in words, and as a tone, what may be said of a difference."""
    return VERDICTS[found.verdict if found else ""]


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """List the dialogues with a goal: what each caused; and whose the purchases are, each once."""
    now = now_micros()
    asked = request.GET.get("days", "")
    days = int(asked) if asked.isdigit() and int(asked) in PERIODS else PERIODS[1]
    found = effects(now)
    titles = titles_of(get_language() or "fi")
    credited = credits_between(now - days * DAY, now + 1)
    whole = sum(one.value for one in credited)
    context = {
        "rows": [_row(effect, titles) for effect in found],
        "credits": [(one, titles.get(one.dialogue, one.dialogue)) for one in credited],
        "whole": whole,
        "purchases": sum(one.purchases for one in credited),
        "days": days,
        "periods": PERIODS,
    }
    return render(request, "measure/effects.html", context)


@require_safe
def effect(request: HttpRequest, key: str) -> HttpResponse:
    """Show what one dialogue caused: goal, money, guards, experiments."""
    now = now_micros()
    found = effects(now, dialogue=key)
    if not found:
        raise Http404
    one = found[0]
    titles = titles_of(get_language() or "fi")
    context = {
        **_row(one, titles),
        "money_verdict": verdict_of(one.money),
        "stops_verdict": verdict_of(one.stops),
        "goal_bar": _bar(one.goal),
        "money_bar": _bar(one.money),
        "stops_bar": _bar(one.stops),
        "arms": [(arm, verdict_of(arm.than) if arm.than else None) for arm in arms_of(key, now)],
    }
    return render(request, "measure/effect.html", context)


def _row(one: Effect, titles: dict[str, str]) -> dict[str, Any]:
    return {
        "one": one,
        "title": titles.get(one.dialogue, one.dialogue),
        "verdict": verdict_of(one.goal),
        "share": (100 * one.treated.share, 100 * one.expected_share),
        "points": _points(one.goal),
        "stop_points": _points(one.stops),
    }


def _points(found: Difference | None) -> tuple[float, float, float] | None:
    """Return a difference of shares and its interval in percentage points."""
    if found is None:
        return None
    return (100 * found.difference, 100 * found.low, 100 * found.high)


def _bar(found: Difference | None) -> Bar | None:
    return bar_of(found.difference, found.low, found.high) if found else None
