"""Pages of the wing: trends, alerts, spread, and who is heard."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from keskio.kernel.clock import from_micros, now_micros
from keskio.kernel.errors import Mistake
from keskio.know.api import people_of
from keskio.listen import deciding, drawing
from keskio.listen.models import Mention, WriterDecision
from keskio.listen.queries import decisions_of, numbers_of
from keskio.listen.themes import theme_names
from keskio.listen.trends import charts, signs
from keskio.listen.trends.models import Alert
from keskio.listen.trends.queries import (
    DAY,
    HOUR,
    Line,
    Span,
    alerts,
    emotions_over,
    numbers_for_export,
    spread_most,
    themes_over,
    volumes,
    who_is_heard,
)
from keskio.web.roles import editor

ZONE = ZoneInfo("Europe/Helsinki")
# What can be asked for: days back, and the units that are shown for it.
PERIODS = {
    "1": (1, "hour", gettext_lazy("a day, by the hour")),
    "7": (7, "day", gettext_lazy("a week, by the day")),
    "28": (28, "day", gettext_lazy("four weeks, by the day")),
    "91": (91, "week", gettext_lazy("a quarter, by the week")),
}
SMALLS = 12
SIGNS = {
    signs.COPIES: gettext_lazy("the same text again and again"),
    signs.ONLY_NEGATIVE: gettext_lazy("nothing but negative"),
    signs.BURST: gettext_lazy("many messages within an hour"),
    signs.YOUNG: gettext_lazy("the account was new when it began"),
    signs.ONE_THEME: gettext_lazy("always the same theme"),
}
LOOK_BACK = 90 * DAY


def _span(request: HttpRequest) -> tuple[str, Span]:
    """Return the period that is asked for: whole units of local time up to the present one."""
    key = request.GET.get("days", "28")
    key = key if key in PERIODS else "28"
    days, unit, _name = PERIODS[key]
    now = now_micros()
    offset = from_micros(now).astimezone(ZONE).utcoffset()
    shift = int(offset.total_seconds()) * 1_000_000 if offset else 0
    step = HOUR if unit == "hour" else DAY
    until = ((now + shift) // step + 1) * step - shift
    return key, Span(
        until - days * DAY, until, unit, shift, private=request.GET.get("kind") == "private"
    )


def _name(span: Span, begins_at: int) -> str:
    if span.unit == "hour":
        return from_micros(begins_at).astimezone(ZONE).strftime("%H:%M")
    # Units are counted by the clock of now: beyond its last change a day begins an hour beside midnight.
    at = from_micros(begins_at + 2 * HOUR).astimezone(ZONE)
    return date_format(at, "SHORT_DATE_FORMAT")


@require_safe
def trends(request: HttpRequest) -> HttpResponse:
    """Show volume, negativity, themes and emotions over time, each with its interval."""
    key, span = _span(request)
    found = volumes(span)
    language, names = (get_language() or "fi")[:2], theme_names()
    total = sum(one.count for one in found)
    themes = _smalls(themes_over(span), lambda k: drawing.theme_name(names, k, language))
    emotions = _smalls(emotions_over(span), lambda k: drawing.name_of(drawing.EMOTIONS, k))
    shown = {
        "span": key,
        "periods": [(days, name) for days, (_d, _u, name) in PERIODS.items()],
        "kind": "private" if span.private else "",
        "total": total,
        "people": sum(one.people for one in found),
        **_large(span, found),
        "rows": [(_name(span, one.begins_at), one, _shares(one)) for one in found],
        "themes": themes,
        "themes_changed": _changed(themes),
        "emotions": emotions,
        "emotions_changed": _changed(emotions),
        "alerts": [_alert(one, names, language) for one in alerts(5) if one.closed_at is None],
    }
    return render(request, "trends/trends.html", shown)


def _large(span: Span, found: Sequence[Any]) -> dict[str, SafeString]:
    """Return the two charts of the whole: how many mentions, and the share of negative ones."""
    days = [_name(span, one.begins_at) for one in found]
    counts = [(one.count, one.low, one.high) for one in found]
    top = charts.rounded_top(counts)
    volume = charts.bars(
        counts,
        parts=[one.negative for one in found],
        label=_("Mentions over time, and how many of them were negative"),
        top=top,
    )
    share = charts.bars(
        [
            (100 * (one.negative_share or 0), 100 * one.negative_low, 100 * one.negative_high)
            if one.count
            else (0, 0, 0)
            for one in found
        ],
        label=_("Share of negative mentions over time, per cent"),
        top=100,
    )
    return {
        "volume_chart": charts.framed(volume, top=top, days=days),
        "share_chart": charts.framed(share, top=100, unit=" %", days=days),
    }


def _shares(one: Any) -> tuple[int, int, int] | None:
    if one.negative_share is None:
        return None
    return tuple(
        round(100 * share) for share in (one.negative_share, one.negative_low, one.negative_high)
    )


def _changed(lines: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return those that are surely more or less than in the period before: what is worth seeing first."""
    return [one for one in lines if one["line"].change in {"more", "less"}]


def _smalls(lines: Sequence[Line], name: Any) -> list[dict[str, Any]]:
    top = charts.rounded_top([(0, 0, max(line.counts, default=0)) for line in lines])
    return [
        {
            "key": line.key,
            "name": name(line.key),
            "line": line,
            "chart": charts.framed(
                charts.small(
                    [(count, count, count) for count in line.counts],
                    label=_("%(name)s over time") % {"name": name(line.key)},
                    top=top,
                ),
                top=top,
            ),
            "counts": line.counts,
            "high": None if line.high == float("inf") else line.high,
        }
        for line in lines[:SMALLS]
    ]


@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """Return the numbers of the page as CSV."""
    _key, span = _span(request)
    out = StringIO()
    write = csv.writer(out).writerow
    write(("begins_at", "what", "name", "value", "low", "high"))
    for begins_at, *rest in numbers_for_export(span):
        write((from_micros(begins_at).astimezone(ZONE).isoformat(), *rest))
    answer = HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="trends.csv"'
    return answer


def _alert(one: Alert, names: dict[str, dict[str, str]], language: str) -> dict[str, Any]:
    return {"row": one, "theme": drawing.theme_name(names, one.theme, language)}


@require_safe
def alert_list(request: HttpRequest) -> HttpResponse:
    """List the alerts, open ones first."""
    language, names = (get_language() or "fi")[:2], theme_names()
    rows = [_alert(one, names, language) for one in alerts()]
    return render(request, "trends/alerts.html", {"rows": rows})


@require_safe
def alert(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one rise: the count against what is usual, and examples."""
    row = get_object_or_404(Alert, pk=pk)
    shown = _alert(row, theme_names(), (get_language() or "fi")[:2])
    examples = [
        (one, drawing.tone_of(one.negative, one.polarity)) for one in numbers_of(row.examples)
    ]
    return render(request, "trends/alert.html", {**shown, "examples": examples})


@require_POST
@editor
def seen(request: HttpRequest, pk: int) -> HttpResponse:
    """Record that somebody has taken note of an alert, and what they said."""
    note = request.POST.get("note", "").strip()[:1000]
    Alert.objects.filter(pk=pk).update(
        seen_by=request.user.get_username(), seen_at=now_micros(), note=note
    )
    messages.success(
        request, _("Noted. The alert stays open until the theme is spoken of as usual.")
    )
    return redirect("trends:alert", pk)


@require_safe
def spread(request: HttpRequest) -> HttpResponse:
    """Show what has spread most in a week: reposts, copies, answers, and how fast."""
    now = now_micros()
    return render(request, "trends/spread.html", {"rows": spread_most(now - 7 * DAY, now)})


@require_safe
def writers(request: HttpRequest) -> HttpResponse:
    """Show who is heard, and accounts whose signs a person may want to look at."""
    now = now_micros()
    heard = who_is_heard(now - 28 * DAY, now)
    looked_at = signs.accounts_to_look_at(now - LOOK_BACK)
    decided = decisions_of(one.key for one in looked_at)
    shown = {
        "heard": [(drawing.name_of(drawing.KINDS, one.kind), one) for one in heard],
        "total": sum(one.messages for one in heard),
        "rows": [
            (one, [SIGNS[sign] for sign in one.signs], decided.get(one.key)) for one in looked_at
        ],
    }
    return render(request, "trends/writers.html", shown)


@require_safe
def writer(request: HttpRequest, key: str) -> HttpResponse:
    """Show what one account has written, the signs it shows, and what people have decided."""
    rows = list(
        Mention.objects.filter(author_key=key, is_private=False, is_match=True).order_by("-at")[:50]
    )
    if not rows:
        raise Http404
    found = signs.accounts_since(now_micros() - LOOK_BACK, keys=[key], fewest=1)
    account = found[0] if found else None
    customer = rows[0].customer_id
    shown = {
        "key": key,
        "rows": [(one, drawing.tone_of(one.negative, one.polarity)) for one in rows],
        "author": next((one.author for one in rows if one.author), ""),
        "account": account,
        "signs": [SIGNS[sign] for sign in account.signs] if account else [],
        "decided": decisions_of([key]).get(key),
        "history": list(WriterDecision.objects.filter(author_key=key).order_by("-id")[:20]),
        "customer": customer,
        "person": people_of([customer]).get(customer) if customer else None,
    }
    return render(request, "trends/writer.html", shown)


@require_POST
@editor
def decide(request: HttpRequest, key: str) -> HttpResponse:
    """Keep a person's decision about an account, or take it back."""
    if not Mention.objects.filter(author_key=key).exists():
        raise Http404
    try:
        deciding.decide_kind(
            key,
            request.POST.get("kind", ""),
            why=request.POST.get("why", "").strip()[:500],
            by=request.user.get_username(),
        )
    except Mistake:
        messages.error(request, _("Choose what kind of writer this is."))
    else:
        messages.success(request, _("Your decision has been recorded. It can be taken back here."))
    return redirect("trends:writer", key)
