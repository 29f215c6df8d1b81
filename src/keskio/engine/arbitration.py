"""Who goes first when there is not room for all: the rank of a message, and whether it must give way.

Rank = value x probability x urgency: what it is worth in euros when it succeeds, how likely that is, and
how soon it loses its point. Rule 1: a message gives way only to one that is planned, ranks higher, and
would find the room taken. Rule 2: it gives way until just after that one's moment, and is then judged
anew. Rule 3: nothing here ever lets through what the caps refuse: arbitration orders, it does not allow.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

DAY = 86_400_000_000
# With a day left a message is half as urgent again as one that keeps; in its last moment twice.
PRESSING = DAY
# What has given way for a week ranks twice as high, so that nothing gives way for ever.
PATIENCE = 7 * DAY


class Rival(Protocol):
    """A message that another dialogue means to send."""

    @property
    def at(self) -> int:
        """When."""
        ...

    @property
    def rank(self) -> float:
        """Its rank."""
        ...


def urgency_of(left: int | None, waited: int = 0) -> float:
    """Return how urgent a message is: (1 + D / (D + left)) x (1 + waited / W), from 1 upwards.

    `left` is how long it is still valid (None: for ever), `waited` how long it has been held already,
    both in microseconds; D is a day and W a week.

    >>> urgency_of(None), urgency_of(0), urgency_of(DAY), urgency_of(None, 7 * DAY)
    (1.0, 2.0, 1.5, 2.0)
    """
    pressing = 1.0 if left is None else 1.0 + PRESSING / (PRESSING + max(left, 0))
    return pressing * (1.0 + max(waited, 0) / PATIENCE)


def rank_of(value: float, probability: float, left: int | None, waited: int = 0) -> float:
    """Return value x probability x urgency; what is worth nothing or cannot succeed ranks 0.

    >>> rank_of(40, 0.03, None)
    1.2
    """
    return max(value, 0.0) * min(max(probability, 0.0), 1.0) * urgency_of(left, waited)


def pushed_out(
    rank: float, had: Sequence[int], coming: Iterable[Rival], limit: int, window: int, now: int
) -> Rival | None:
    """Return the first higher-ranked message of `coming` that finds no room if one of `rank` goes now.

    The room is `limit` in any `window`; `had` are the instants of those that went, oldest first. None:
    nobody is pushed out.
    """
    better = sorted(
        (rival for rival in coming if rival.rank > rank and rival.at < now + window), key=_moment
    )
    for index, rival in enumerate(better):
        since = max(rival.at, now) - window
        taken = sum(1 for at in had if at > since)
        taken += sum(1 for other in better[: index + 1] if max(other.at, now) > since)
        if taken + 1 > limit:
            return rival
    return None


def _moment(rival: Rival) -> int:
    return rival.at
