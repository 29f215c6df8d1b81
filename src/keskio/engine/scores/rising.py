"""When more people than usual talk of something: a theme's own baseline, and alarms that are worth it.

How it decides, rule by rule:
1. What is counted is people, not posts: distinct authors in the last hours, copies of a text left out.
2. The baseline is the theme's own: a level (the mean of the last weeks' days, the highest ones cut down
   to the 90th percentile so that earlier rises do not hide the next), spread over the hours of the week
   as this theme, and where it is rare as all themes, have been.
3. How unlikely the count is comes from the negative binomial with the variance that the theme's days
   have shown (never less than Poisson's), widened for the baseline's own uncertainty.
4. A rise needs that to be beyond three sigma, at least five authors, and to stand among all themes by
   Benjamini and Hochberg (1995). Two windows are looked at, and the better is paid for by doubling.
5. One alert a rise: it ends when the count is within one sigma of what is usual (`is_over`).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, exp, log1p, sqrt
from statistics import NormalDist

import msgspec

WEEK = 168
WINDOWS = (6, 24)
"""Hours that are looked at together: a burst, and a slow rise."""
SIGMAS = 3.0
AUTHORS = 5
FALSE_SHARE = 0.001  # Benjamini and Hochberg's q; small, since a look is taken every hour
FEWEST_DAYS = 7
LEAST_PER_DAY = 0.25  # what is not known to happen at all may still happen
_BORROWED = 84.0  # hours of the week are seen half as often as they need: borrow from all themes
_NORMAL = NormalDist()


class Baseline(msgspec.Struct, frozen=True):
    """What is usual of a theme: people a day, shares of the week's hours from Monday 0, variance/mean."""

    per_day: float
    shares: tuple[float, ...]
    spread: float
    seen: float

    def expected(self, last: int, hours: int) -> float:
        """Return how many people are usual in `hours` hours of which `last` (0-167) is the last."""
        share = sum(self.shares[(last - back) % WEEK] for back in range(hours))
        return self.per_day * 7 * share


class Look(msgspec.Struct, frozen=True):
    """One theme as it stands: authors in the last hours by window."""

    theme: str
    authors: dict[int, int]
    baseline: Baseline


class Verdict(msgspec.Struct, frozen=True):
    """What a look found: the window that says most, the count, what is usual, and how unlikely it is."""

    theme: str
    window: int
    authors: int
    expected: float
    spread: float
    sigmas: float
    p: float
    is_rising: bool

    @property
    def is_over(self) -> bool:
        """Tell whether an alert that is open may end."""
        return self.sigmas < 1.0


def shares_of(hours: Sequence[int], first: int, *, general: Sequence[float] = ()) -> list[float]:
    """Return how counts by hour fall on the hours of the week; they sum to 1.

    `first` is the hour of the week of the first count. `general` are the shares of all themes together,
    which a theme borrows from the more, the fewer its own counts are; without them it is even.
    """
    borrowed = list(general) or [1 / WEEK] * WEEK
    own = [0.0] * WEEK
    for place, count in enumerate(hours):
        own[(first + place) % WEEK] += count
    # An hour is smoothed with its neighbours: nobody posts by the clock.
    smooth = [
        (own[h - 1] + 2 * own[h] + own[(h + 1) % WEEK]) / 4 + _BORROWED * borrowed[h]
        for h in range(WEEK)
    ]
    total = sum(smooth)
    return [value / total for value in smooth]


def baseline_of(
    hours: Sequence[int], first: int, *, general: Sequence[float] = ()
) -> Baseline | None:
    """Return the baseline of a theme from its counts by hour, oldest first; None for less than a week.

    Give whole days, and leave out the day that is being judged.
    """
    days = [sum(hours[at : at + 24]) for at in range(0, len(hours) - 23, 24)]
    if len(days) < FEWEST_DAYS:
        return None
    cut = sorted(days)[ceil(0.9 * len(days)) - 1]
    cut_days = [min(day, cut) for day in days]
    level = max(sum(cut_days) / len(days), LEAST_PER_DAY)
    shares = shares_of(hours, first, general=general)
    return Baseline(level, tuple(shares), _spread(cut_days, level, shares, first), sum(cut_days))


def _spread(days: Sequence[int], level: float, shares: Sequence[float], first: int) -> float:
    """Return variance over mean of the days around what the week's shape makes usual; at least 1."""
    squares = 0.0
    for place, count in enumerate(days):
        start = (first + 24 * place) % WEEK
        usual = level * 7 * sum(shares[(start + hour) % WEEK] for hour in range(24))
        squares += (count - usual) ** 2 / max(usual, 0.05)
    # Cutting the highest tenth takes a part of the variance away with it: give that back.
    return max(1.0, 1.25 * squares / max(len(days) - 1, 1))


def tail(count: int, mean: float, spread: float) -> float:
    """Return how likely `count` or more is, where `mean` is usual and variance is `spread` times it."""
    if count <= 0:
        return 1.0
    extra = max(spread - 1.0, 1e-6)
    size = mean / extra
    term = exp(-size * log1p(extra))
    below = term
    for k in range(1, count):
        term *= (size + k - 1) / k * (extra / (1.0 + extra))
        below += term
    return min(1.0, max(1.0 - below, _least(term, count, size, extra)))


def _least(term: float, count: int, size: float, extra: float) -> float:
    """Return the first term of the tail: 1 - below loses all digits of what is very unlikely."""
    return term * (size + count - 1) / count * (extra / (1.0 + extra))


def sigmas_of(p: float) -> float:
    """Return how many sigmas of a normal curve a tail of `p` is."""
    return _NORMAL.inv_cdf(1 - min(max(p, 1e-15), 1 - 1e-15))


def stand_out(ps: Sequence[float], q: float = FALSE_SHARE) -> list[bool]:
    """Return which of `ps` stand after Benjamini and Hochberg at the false discovery rate `q`."""
    order = sorted(range(len(ps)), key=lambda place: ps[place])
    last = -1
    for rank, place in enumerate(order, start=1):
        if ps[place] <= q * rank / len(ps):
            last = rank
    kept = {place for rank, place in enumerate(order, start=1) if rank <= last}
    return [place in kept for place in range(len(ps))]


def judge(looks: Sequence[Look], *, hour: int) -> list[Verdict]:
    """Return a verdict on each look; `hour` is the hour of the week (0-167) that has just ended."""
    bests = [_best(look, hour) for look in looks]
    stands = stand_out([best.p for best in bests])
    return [
        msgspec.structs.replace(
            best,
            is_rising=stood and best.sigmas >= SIGMAS and best.authors >= AUTHORS,
        )
        for best, stood in zip(bests, stands, strict=True)
    ]


def _best(look: Look, hour: int) -> Verdict:
    base = look.baseline
    found = []
    for window, count in look.authors.items():
        usual = base.expected(hour, window)
        # The level is itself counted from `seen` people: what is not surely known is widened by that.
        spread = base.spread * (1 + usual / max(base.seen, 1.0))
        p = min(1.0, tail(count, usual, spread) * len(look.authors))
        found.append(
            Verdict(look.theme, window, count, usual, spread, sigmas_of(p), p, is_rising=False)
        )
    return min(found, key=lambda verdict: verdict.p)


def count_interval(count: int, *, z: float = 1.959964) -> tuple[float, float]:
    """Return the interval of a Poisson count (Byar's approximation, Breslow and Day 1987, p. 69)."""
    low = 0.0
    if count:
        low = count * (1 - 1 / (9 * count) - z / (3 * sqrt(count))) ** 3
    more = count + 1
    return max(low, 0.0), more * (1 - 1 / (9 * more) + z / (3 * sqrt(more))) ** 3


def ratio_interval(
    now: int, before: int, *, scale: float = 1.0, z: float = 1.959964
) -> tuple[float, float] | None:
    """Return the interval of how many times `before` is `now`; None when both are nothing.

    Given both, `now` is a share of their sum: Wilson's interval of that share, turned back into a ratio.
    `scale`: length of the earlier period over that of the later. The upper end may be infinite.
    """
    n = now + before
    if not n:
        return None
    share = now / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    low, high = max(centre - half, 0.0), min(centre + half, 1.0)
    return scale * low / (1 - low), scale * high / (1 - high) if high < 1 else float("inf")
