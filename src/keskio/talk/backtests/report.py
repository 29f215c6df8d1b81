"""What a backtest says in the end: figures by name, days, reasons; limits for CI; what it cannot know."""

from __future__ import annotations

import operator
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from keskio.engine.dialogue.reasons import sentence
from keskio.engine.times import DAY
from keskio.talk.backtests.asked import Asked, BadBacktest
from keskio.talk.backtests.counts import Counts

_LIMIT = re.compile(
    r"^\s*(?P<name>[a-z_.]+)\s*(?P<sign>>=|<=|==|!=|>|<)\s*(?P<number>-?\d+(?:\.\d+)?)(?P<percent>%?)\s*$"
)
_SIGNS = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
}


class Version(msgspec.Struct, frozen=True):
    """What came of one version: `figures` by name, and where they come from."""

    figures: dict[str, float]
    by_day: list[tuple[str, str, int]]
    others: list[tuple[str, str, int]]
    held: dict[str, int]
    dropped: dict[str, int]
    refused: dict[str, int]
    ended: dict[str, int]
    steps: list[tuple[str, str, int]]
    tasks: list[tuple[str, str, int]]
    coupons: dict[str, dict[str, int]]
    per_person: dict[int, int]
    per_week: dict[int, int]


class Report(msgspec.Struct, frozen=True):
    """A finished backtest. `versions`: "draft", and "live" where it was compared."""

    versions: dict[str, Version]
    people: list[dict[str, Any]]
    cannot_know: list[str]


def report_of(asked: Asked, counts: Mapping[str, Counts], people: list[dict[str, Any]]) -> Report:
    """Return the report of a finished replay."""
    versions = {version: version_of(asked, found) for version, found in counts.items()}
    return Report(versions, people, unknowns_of(asked))


def version_of(asked: Asked, counts: Counts) -> Version:
    """Return what came of one version."""
    return Version(
        figures=figures_of(asked, counts),
        by_day=_pairs(counts.messages),
        others=_pairs(counts.others),
        held=_most_first(counts.held),
        dropped=_most_first(counts.dropped),
        refused=_most_first(counts.refused),
        ended=_most_first(counts.ended),
        steps=_pairs(counts.passed),
        tasks=_pairs(counts.tasks),
        coupons=_coupons(counts),
        per_person=dict(sorted(counts.per_person.items())),
        per_week=dict(sorted(counts.per_week.items())),
    )


def figures_of(asked: Asked, counts: Counts) -> dict[str, float]:
    """Return the figures that --fail-if may name. Shares are from 0 to 1 of the messages proposed."""
    messages = sum(counts.messages.values())
    days = max((asked.until - asked.since) / DAY, 1.0)
    by_day = _sums(counts.messages)
    tasks = _sums(counts.tasks)
    dropped = sum(counts.dropped.values())
    weeks = sorted(counts.per_week)
    figures = {
        "people_looked_at": counts.people,
        "people_contacted": counts.contacted,
        "entered": counts.entered,
        "refused": sum(counts.refused.values()),
        "messages": messages,
        "messages_per_day": messages / days,
        "messages_per_day_most": max(by_day.values(), default=0),
        "messages_per_person": messages / counts.contacted if counts.contacted else 0.0,
        "messages_per_person_most": max(counts.per_person, default=0),
        "messages_per_person_week": max(weeks, default=0),
        "proposed": counts.proposed,
        "held_share": counts.held_any / counts.proposed if counts.proposed else 0.0,
        "dropped_share": dropped / counts.proposed if counts.proposed else 0.0,
        "tasks": sum(counts.tasks.values()),
        "tasks_per_day_most": max(tasks.values(), default=0),
        "coupons_given": _answered(counts, "given"),
        "coupons_sold_out": _answered(counts, "sold_out"),
        "coupons_refused": _answered(counts, "refused"),
        "still_inside": counts.inside,
        "errors": sum(n for name, n in counts.ended.items() if name.startswith("error:")),
    }
    if asked.capacity is not None:
        over = sum(n > asked.capacity for n in tasks.values())
        figures["days_over_capacity"] = over
    return {name: round(float(value), 6) for name, value in figures.items()}


def unknowns_of(asked: Asked) -> list[str]:
    """Return the codes of what this backtest cannot know; `words.py` has their sentences."""
    found = [
        "effects",
        "replies",
        "tasks",
        "addresses",
        "merged",
        "delivery",
        "inside_before",
        "put_right",
        "calls",
    ]
    if not asked.assumed.answers:
        found.append("silence")
    if asked.others:
        found.append("rivals_replies")
    if asked.offers:
        found.append("put_back")
    return found


class Limit(msgspec.Struct, frozen=True):
    """A condition under which a backtest counts as failed, as --fail-if says it."""

    text: str
    name: str
    sign: str
    number: float

    def fails(self, figures: Mapping[str, float]) -> bool:
        """Tell whether the figures meet the condition; raises BadBacktest for a name unknown."""
        if self.name not in figures:
            raise BadBacktest(
                f"There is no figure {self.name!r}; there are {', '.join(sorted(figures))}."
            )
        return bool(_SIGNS[self.sign](figures[self.name], self.number))


def read_limit(text: str) -> Limit:
    """Return the condition in `text`, such as "messages_per_person_week>3" or "dropped_share>20%"."""
    match = _LIMIT.match(text)
    if match is None:
        raise BadBacktest(
            f"The condition {text!r} cannot be read: write a figure, a sign and a number,"
            " such as messages_per_person_week>3"
        )
    number = float(match["number"]) / (100 if match["percent"] else 1)
    return Limit(text, match["name"], match["sign"], number)


def told(report: Report) -> str:
    """Return the report as plain text in English, for a terminal."""
    names = list(report.versions)
    lines = ["".join([f"{'':<28}", *(f"{name:>14}" for name in names)])]
    figures = report.versions[names[0]].figures
    for name in figures:
        shown = (f"{_shown(report.versions[v].figures.get(name)):>14}" for v in names)
        lines.append("".join([f"{name:<28}", *shown]))
    for title in ("held", "dropped", "refused"):
        found: dict[str, int] = getattr(report.versions[names[0]], title)
        lines += [f"{title}: {n} · {sentence(code, 'en')}" for code, n in found.items()]
    return "\n".join(lines)


def _shown(number: float | None) -> str:
    if number is None:
        return "–"
    return f"{number:.0f}" if number == int(number) else f"{number:.3f}"


def _answered(counts: Counts, answer: str) -> int:
    return sum(n for key, n in counts.coupons.items() if key.endswith(f"|{answer}"))


def _sums(by: Mapping[str, int]) -> dict[str, int]:
    found: dict[str, int] = {}
    for key, times in by.items():
        first = key.partition("|")[0]
        found[first] = found.get(first, 0) + times
    return found


def _pairs(by: Mapping[str, int]) -> list[tuple[str, str, int]]:
    found = []
    for key, times in sorted(by.items()):
        first, _, second = key.partition("|")
        found.append((first, second, times))
    return found


def _coupons(counts: Counts) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for offer, answer, times in _pairs(counts.coupons):
        found.setdefault(offer, {})[answer] = times
    return found


def _most_first(by: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(by.items(), key=lambda item: (-item[1], item[0])))
