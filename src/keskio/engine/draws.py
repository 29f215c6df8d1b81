"""Shares drawn by hashing, never by dice: the same customer in the same experiment, for ever the same.

The hash is BLAKE2b of the experiment and the customer, 52 bits of it. Arms are drawn by weighted
rendezvous (highest random weight, Thaler and Ravishankar 1998, with the score -w / ln u of a weight w):
each arm has a score for each customer, and the highest wins, so that changing a weight moves only
those whose winner changes, and no one between two arms whose weights kept their proportion.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from hashlib import blake2b

BITS = 52  # as many as a half can be added to without rounding
SIZE = 2.0**BITS


def position_of(experiment: str, who: str) -> float:
    """Return where `who` stands in `experiment`: evenly spread over [0, 1), the same for ever.

    A share of s holds those below s: a larger share keeps everybody who was in the smaller one.
    """
    return _drawn(experiment, who) / SIZE


def _drawn(experiment: str, who: str) -> int:
    told = f"{experiment}\x00{who}".encode()
    return int.from_bytes(blake2b(told, digest_size=8).digest(), "big") >> (64 - BITS)


def arm_of(experiment: str, who: str, arms: Mapping[str, float]) -> str:
    """Return the arm of `who`, drawn in proportion to the weights `arms`.

    An arm of no weight gets nobody. Raises ValueError when no arm has any.
    """
    scored = [
        (_score(weight, _drawn(f"{experiment}\x00{arm}", who)), arm)
        for arm, weight in arms.items()
        if weight > 0
    ]
    if not scored:
        raise ValueError("no arm has a share")
    return max(scored)[1]


def _score(weight: float, drawn: int) -> float:
    # in the middle of its step, so that neither 0 nor 1, which have no logarithm to divide by, comes up
    return -weight / math.log((drawn + 0.5) / SIZE)
