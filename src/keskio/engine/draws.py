"""Shares drawn by hashing, never by dice: the same customer in the same experiment, for ever the same.

The hash is BLAKE2b of the experiment and the customer, 64 bits of it. Arms are drawn by weighted
rendezvous (highest random weight, Thaler and Ravishankar 1998, with the score -w / ln u of a weight w):
each arm has a score for each customer, and the highest wins, so that changing a weight moves only
those whose winner changes, and no one between two arms whose weights kept their proportion.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from hashlib import blake2b

SIZE = 2.0**64


def position_of(experiment: str, who: str) -> float:
    """Return where `who` stands in `experiment`: evenly spread over [0, 1), the same for ever.

    A share of s holds those below s: a larger share keeps everybody who was in the smaller one.
    """
    told = f"{experiment}\x00{who}".encode()
    return int.from_bytes(blake2b(told, digest_size=8).digest(), "big") / SIZE


def arm_of(experiment: str, who: str, arms: Mapping[str, float]) -> str:
    """Return the arm of `who`, drawn in proportion to the weights `arms`.

    An arm of no weight gets nobody. Raises ValueError when no arm has any.
    """
    scored = [
        (_score(weight, position_of(f"{experiment}\x00{arm}", who)), arm)
        for arm, weight in arms.items()
        if weight > 0
    ]
    if not scored:
        raise ValueError("no arm has a share")
    return max(scored)[1]


def _score(weight: float, position: float) -> float:
    # (0, 1): neither end has a finite logarithm to divide by
    return -weight / math.log((position * SIZE + 1.0) / (SIZE + 2.0))
