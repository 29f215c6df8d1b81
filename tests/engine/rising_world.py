"""A simulated company that is talked of: quiet months, and months in which one theme rises.

Run as a module, it prints the figures of docs/listening.md.
"""

from __future__ import annotations

import random
import statistics
from collections.abc import Sequence
from math import exp, sqrt

import msgspec

from keskio.engine.scores.rising import WEEK, WINDOWS, Baseline, Look, baseline_of, judge, shares_of

RATES = (0.3, 0.5, 1, 1.5, 2, 3, 5, 8, 13, 20)
"""People a day of ten themes."""
HISTORY = 28
_RAW = [
    (0.15 if hour < 7 else 1.0 if hour < 17 else 1.6 if hour < 23 else 0.5)
    * (0.7 if day >= 5 else 1.0)
    for day in range(7)
    for hour in range(24)
]
SHAPE = [value / sum(_RAW) for value in _RAW]


class Rise(msgspec.Struct, frozen=True):
    """From hour `at` on, `more` people an hour talk of theme number `theme`, for `hours` hours."""

    theme: int
    at: int
    more: float
    hours: int = 36


def alerts(
    seed: int, *, days: int = 30, unevenness: float = 0.2, rise: Rise | None = None
) -> list[tuple[int, int]]:
    """Return the alerts of one simulated month as (hour, theme); looks are taken every hour.

    `unevenness`: the standard deviation of a day's common factor over its mean, beyond chance.
    """
    dice = random.Random(seed)
    counts = [_hours(dice, rate, HISTORY + days, unevenness) for rate in RATES]
    if rise:
        for hour in range(rise.at, rise.at + rise.hours):
            counts[rise.theme][hour] += _poisson(dice, rise.more)
    found, is_open = [], set()
    baselines: list[Baseline] = []
    for now in range(HISTORY * 24, (HISTORY + days) * 24):
        if not baselines or now % 24 == 0:
            baselines = _baselines(counts, now // 24 - 1)
        looks = [
            Look(str(n), {w: sum(hours[now - w + 1 : now + 1]) for w in WINDOWS}, baseline)
            for n, (hours, baseline) in enumerate(zip(counts, baselines, strict=True))
        ]
        for theme, verdict in enumerate(judge(looks, hour=now % WEEK)):
            if verdict.is_rising and theme not in is_open:
                is_open.add(theme)
                found.append((now, theme))
            elif verdict.is_over:
                is_open.discard(theme)
    return found


def delay(seed: int, theme: int, more: float) -> int | None:
    """Return how many hours a rise went on before its alert; None for never."""
    at = HISTORY * 24 + 5 * 24 + 10 + seed % 12
    told = alerts(seed, days=8, rise=Rise(theme, at, more))
    hours = [hour - at + 1 for hour, which in told if which == theme and hour >= at]
    return hours[0] if hours else None


def _baselines(counts: Sequence[Sequence[int]], day: int) -> list[Baseline]:
    first, last = max(0, day - 56) * 24, day * 24
    together = [sum(hours[at] for hours in counts) for at in range(first, last)]
    general = shares_of(together, first % WEEK)
    made = [baseline_of(hours[first:last], first % WEEK, general=general) for hours in counts]
    return [baseline for baseline in made if baseline]


def _hours(dice: random.Random, per_day: float, days: int, unevenness: float) -> list[int]:
    found: list[int] = []
    for day in range(days):
        factor = 1.0
        if unevenness:
            factor = dice.gammavariate(unevenness**-2, unevenness**2)
        usual = per_day * 7 * factor
        found += [_poisson(dice, usual * SHAPE[(day * 24 + hour) % WEEK]) for hour in range(24)]
    return found


def _poisson(dice: random.Random, mean: float) -> int:
    if mean > 50:
        return max(0, round(dice.gauss(mean, sqrt(mean))))
    count, left, floor = 0, dice.random(), exp(-mean)
    while left > floor:
        left *= dice.random()
        count += 1
    return count


def main() -> None:
    """Print how often quiet months alarm, and how long rises go unnoticed."""
    for unevenness in (0.0, 0.2, 0.4):
        counts = [len(alerts(seed, unevenness=unevenness)) for seed in range(40)]
        print(
            f"quiet, {unevenness}: {statistics.mean(counts):.2f} alerts a month, most {max(counts)}"
        )
    for theme, more in ((2, 1), (2, 2), (6, 1), (6, 3), (9, 3), (9, 10)):
        delays = [delay(seed, theme, more) for seed in range(40)]
        seen = sorted(hours for hours in delays if hours is not None)
        told = f"median {statistics.median(seen)} h, 90 % within {seen[int(0.9 * len(seen)) - 1]} h"
        print(
            f"{RATES[theme]} a day, {more} more an hour: {told}, missed {delays.count(None)} of 40"
        )


if __name__ == "__main__":
    main()
