"""A result as the page shows it: rows, charts, shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from keskio.engine.times import to_local
from keskio.talk.backtests import charts
from keskio.talk.backtests.words import FIGURES, SHARES, UNKNOWNS, reason_said
from keskio.talk.drawing import channel_name
from keskio.web import names
from keskio.web.names import Reader

ZONE = "Europe/Helsinki"
CLASSES = ("chart-bar", "chart-bar-2", "chart-bar-3", "chart-bar-4")


def drawn(result: Mapping[str, Any], wish: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the template of a finished backtest needs."""
    versions = result["versions"]
    draft, live = versions["draft"], versions.get("live")
    days = _days(wish)
    return {
        "has_live": live is not None,
        "figures": _figures(draft, live),
        "by_day": _messages(draft, live, days),
        "reasons": _reasons(draft, live),
        "tasks": _tasks(draft, days, wish.get("capacity")),
        "per_week": _shares(draft, live, "per_week"),
        "per_person": _shares(draft, live, "per_person"),
        "coupons": _coupons(draft),
        "ended": list(draft["ended"].items()),
        "steps": draft["steps"],
        "unknowns": [UNKNOWNS[code] for code in result["cannot_know"] if code in UNKNOWNS],
    }


def _figures(draft: Mapping[str, Any], live: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    rows = []
    for name, value in draft["figures"].items():
        other = live["figures"].get(name) if live else None
        rows.append(
            {
                "name": FIGURES.get(name, name),
                "key": name,
                "is_share": name in SHARES,
                "draft": value * 100 if name in SHARES else value,
                "live": other * 100 if other is not None and name in SHARES else other,
            }
        )
    return rows


def _messages(
    draft: Mapping[str, Any], live: Mapping[str, Any] | None, days: Sequence[str]
) -> dict[str, Any]:
    channels = sorted({channel for _, channel, _ in draft["by_day"]})
    values = {channel: _by_day(draft["by_day"], days, channel) for channel in channels}
    series = [(CLASSES[n % 4], values[channel]) for n, channel in enumerate(channels)]
    found: dict[str, Any] = {
        "chart": charts.days(series, label=_("Messages of the draft by day and channel")),
        "legend": [(CLASSES[n % 4], channel_name(c)) for n, c in enumerate(channels)],
        "rows": [(day, [values[c][n] for c in channels]) for n, day in enumerate(days)],
        "channels": [channel_name(channel) for channel in channels],
    }
    if live:
        mine = _by_day(live["by_day"], days)
        found["live"] = charts.days(
            [("chart-bar-live", mine)], label=_("Messages of the live version by day")
        )
    theirs = _by_day(draft.get("others", []), days)
    if any(theirs):
        found["others"] = charts.days(
            [("chart-bar-live", theirs)], label=_("Messages of others to the same people by day")
        )
    return found


def _tasks(draft: Mapping[str, Any], days: Sequence[str], capacity: int | None) -> dict[str, Any]:
    if not draft["tasks"]:
        return {}
    values = _by_day(draft["tasks"], days)
    queues: dict[str, int] = {}
    for _day, queue, times in draft["tasks"]:
        queues[queue] = queues.get(queue, 0) + times
    called = names.names_of(names.QUEUE, queues, Reader(get_language() or "fi"))
    label = _("Tasks by day")
    return {
        "chart": charts.days([("chart-bar", values)], label=label, cut=capacity or 0),
        "queues": sorted((called[queue], times) for queue, times in queues.items()),
        "capacity": capacity,
        "over": [
            (day, n)
            for day, n in zip(days, values, strict=True)
            if capacity is not None and n > capacity
        ],
    }


def _reasons(draft: Mapping[str, Any], live: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    rows = []
    said = {"held": _("Held"), "dropped": _("Dropped"), "refused": _("Refused at the door")}
    for kind, name in said.items():
        mine, theirs = draft[kind], live[kind] if live else {}
        for code in sorted({*mine, *theirs}, key=lambda code: (-mine.get(code, 0), code)):
            counts = {"draft": mine.get(code, 0), "live": theirs.get(code, 0)}
            rows.append({"kind": name, "sentence": reason_said(code), **counts})
    return rows


def _shares(
    draft: Mapping[str, Any], live: Mapping[str, Any] | None, name: str
) -> list[tuple[str, int, int | None]]:
    mine, theirs = draft[name], live[name] if live else {}
    numbers = sorted({int(n) for n in (*mine, *theirs)})
    return [
        (
            ngettext("%(n)s message", "%(n)s messages", n) % {"n": n},
            mine.get(str(n), mine.get(n, 0)),
            (theirs.get(str(n), theirs.get(n, 0)) if live else None),
        )
        for n in numbers
    ]


def _coupons(draft: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "offer": offer,
            "given": found.get("given", 0),
            "sold_out": found.get("sold_out", 0),
            "refused": found.get("refused", 0),
        }
        for offer, found in sorted(draft["coupons"].items())
    ]


def _by_day(
    told: Sequence[Sequence[Any]], days: Sequence[str], channel: str | None = None
) -> list[int]:
    found: dict[str, int] = {}
    for day, kind, times in told:
        if channel is None or kind == channel:
            found[day] = found.get(day, 0) + times
    return [found.get(day, 0) for day in days]


def _days(wish: Mapping[str, Any]) -> list[str]:
    first: date = to_local(wish["since"], ZONE).date()
    last: date = to_local(wish["until"] - 1, ZONE).date()
    return [(first + timedelta(days=n)).isoformat() for n in range((last - first).days + 1)]
