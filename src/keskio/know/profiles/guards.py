"""What makes figures of value doubtful: looked at each time, and told beside the figures.

Each doubt is a word; `doubt_sentences` of the pages say it in the reader's language.
"""

from __future__ import annotations

import numpy as np

from keskio.know.profiles.fitting import FEWEST_REPEATERS
from keskio.know.profiles.histories import Histories

DEPENDENT = "dependent_spending"
FEW = "few_repeaters"
STEADY = "steady_like_a_contract"
SHORT = "short_history"
CONTRACT = "contractual"
UNSURE = "unsure_parameters"

MOST_CORRELATION = 0.3
TRUSTED_REPEATERS = 200
STEADIEST = 0.35
SHORTEST_DAYS = 180


def correlation_of(histories: Histories) -> float:
    """Return how repeat purchases and their mean value go together (0 where it cannot be told)."""
    some = (histories.x > 0) & (histories.mean > 0)
    x, mean = histories.x[some].astype(np.float64), histories.mean[some]
    if len(x) < FEWEST_REPEATERS or x.std() == 0 or mean.std() == 0:
        return 0.0
    return float(np.corrcoef(x, mean)[0, 1])


def doubts_of(
    histories: Histories, *, is_contractual: bool = False, days: int = SHORTEST_DAYS
) -> list[str]:
    """Return the words of all that is doubtful; `days` is how long the histories are at most."""
    doubts = []
    if is_contractual:
        doubts.append(CONTRACT)
    if abs(correlation_of(histories)) > MOST_CORRELATION:
        doubts.append(DEPENDENT)
    if int((histories.x > 0).sum()) < TRUSTED_REPEATERS:
        doubts.append(FEW)
    steadiness = histories.steadiness[~np.isnan(histories.steadiness)]
    if len(steadiness) >= FEWEST_REPEATERS and float(np.median(steadiness)) < STEADIEST:
        doubts.append(STEADY)
    if days < SHORTEST_DAYS:
        doubts.append(SHORT)
    return doubts
