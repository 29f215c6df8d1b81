"""Response rates by the definitions of AAPOR, with our own words for their letters.

I complete, P partial, R refused (the permission was taken back after asking), NC delivered but silent,
U bounced or delivery unknown. Those who were not asked are no part of any of them.
"""

from __future__ import annotations

import msgspec


class Asked(msgspec.Struct, frozen=True, gc=False):
    """What became of those who were asked."""

    complete: int = 0
    partial: int = 0
    refused: int = 0
    silent: int = 0
    unknown: int = 0


class Rates(msgspec.Struct, frozen=True, gc=False):
    """Rates as shares of 1; None where nobody was asked, or for `completion` nobody began."""

    rr1: float | None
    rr2: float | None
    rr3: float | None
    rr4: float | None
    rr5: float | None
    rr6: float | None
    completion: float | None


def rates_of(asked: Asked, *, eligible: float | None = None) -> Rates:
    """Return the rates; `eligible` is the estimated share of the unknown who could have answered.

    Without it, the share among those of whom it is known whether the message arrived is used.
    >>> rates_of(Asked(complete=40, partial=10, silent=45, unknown=5)).rr1
    0.4
    """
    known = asked.complete + asked.partial + asked.refused + asked.silent
    e = eligible if eligible is not None else (known / (known + asked.unknown) if known else 1.0)
    both = asked.complete + asked.partial
    everybody, likely = known + asked.unknown, known + e * asked.unknown
    return Rates(
        rr1=_share(asked.complete, everybody),
        rr2=_share(both, everybody),
        rr3=_share(asked.complete, likely),
        rr4=_share(both, likely),
        rr5=_share(asked.complete, known),
        rr6=_share(both, known),
        completion=_share(asked.complete, both),
    )


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None
