"""Complaints that no bad word tells: waiting with its length, the umpteenth time, promises remembered.

Each rule looks at tokens that the lists know and returns (place, weight, why, word). None is strong
enough to outweigh plain praise.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from keskio.engine.text.lists import Kind, Record

Implied = tuple[int, float, str, str]


class Placed(Protocol):
    """A known token in its place."""

    @property
    def place(self) -> int:
        """Where it stands in the message, from 0."""
        ...

    @property
    def token(self) -> str:
        """The token as it was written."""
        ...

    @property
    def record(self) -> Record:
        """What the lists say of it."""
        ...

    @property
    def denied(self) -> bool:
        """Whether a denial reaches it."""
        ...


COUNTS = Kind.NUMBER | Kind.TIMES
CUES = (
    Kind.UNIT
    | Kind.STILL
    | Kind.TIMES
    | Kind.MONTH
    | Kind.PROMISED
    | Kind.LEAVES
    | Kind.AGAIN
    | Kind.ACT
)


def implied(hits: Sequence[Placed], used: set[int], kinds: int) -> list[Implied]:
    """Return what is implied in a message.

    `used` are places that a phrase has spoken for; `kinds`: the bits of all hits, and perhaps more.
    """
    free = [hit for hit in hits if hit.place not in used] if used else hits
    found: list[Implied] = []
    if kinds & Kind.UNIT:
        found += _waited(free)
    if kinds & Kind.STILL:
        found += _still(free)
    if kinds & Kind.TIMES:
        found += _umpteenth(free)
    if kinds & Kind.MONTH:
        found += _months(free)
    if kinds & Kind.PROMISED:
        found += [
            (hit.place, -0.9, "a promise remembered", hit.token)
            for hit in free
            if hit.record.bits & Kind.PROMISED and not hit.denied
        ][:1]
    if kinds & Kind.LEAVES and not kinds & Kind.QUESTION:
        found += [
            (hit.place, -1.5, "leaving", hit.token) for hit in free if hit.record.bits & Kind.LEAVES
        ][:1]
    if kinds & Kind.AGAIN:
        found += [
            (hit.place, -0.4, "again", hit.token) for hit in free if hit.record.bits & Kind.AGAIN
        ][:1]
    return found


def _waited(hits: Sequence[Placed]) -> Iterator[Implied]:
    """Yield a length of time that was waited, or that is "already" so long."""
    for at, hit in enumerate(hits):
        if not hit.record.bits & Kind.UNIT or hit.denied:
            continue
        near = [
            other for other in hits[max(0, at - 4) : at + 4] if abs(other.place - hit.place) <= 5
        ]
        kinds = 0
        for other in near:
            if not other.denied:
                kinds |= other.record.bits
        counted = bool(kinds & COUNTS)
        before = 0
        for other in near:
            if other.place < hit.place and hit.place - other.place <= 3:
                before |= other.record.bits
        if kinds & Kind.WAIT and not kinds & Kind.QUESTION:
            yield (hit.place, -1.5, "waited", hit.token)
            return
        if before & Kind.ALREADY and counted and not kinds & Kind.GOOD:
            yield (hit.place, -1.4, "already so long", hit.token)
            return


def _still(hits: Sequence[Placed]) -> Iterator[Implied]:
    for hit in hits:
        if hit.record.bits & Kind.STILL:
            weight = -1.0 if hit.denied or hit.token.endswith(("kään", "kin")) else -0.5
            yield (hit.place, weight, "still", hit.token)
            return


def _umpteenth(hits: Sequence[Placed]) -> Iterator[Implied]:
    for at, hit in enumerate(hits):
        if not hit.record.bits & Kind.TIMES:
            continue
        after = hits[at + 1] if at + 1 < len(hits) else None
        if after and after.record.bits & Kind.TURN_OF and after.place - hit.place <= 2:
            yield (hit.place, -1.3, "so many times", hit.token)
            return
        if any(o.record.bits & Kind.ACT and abs(o.place - hit.place) <= 3 for o in hits):
            yield (hit.place, -1.0, "so many times", hit.token)
            return


def _months(hits: Sequence[Placed]) -> Iterator[Implied]:
    """Yield that one month has become another since something was ordered or asked."""
    months = [hit for hit in hits if hit.record.bits & Kind.MONTH]
    acted = any(hit.record.bits & (Kind.ACT | Kind.WAIT) for hit in hits)
    if acted and len({month.record.found for month in months}) > 1:
        yield (months[-1].place, -1.6, "time has passed", months[-1].token)
