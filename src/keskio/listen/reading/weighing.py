"""Weighing the model and the rules together.

The model is a sum of words learnt from many texts and gives chances; the rules know denial, contrast and
what is implied, and give a sum of about -6..6. The chance moves by the rules' sum on the scale of
log-odds; the direction is the rules' where they say something, the model's where they are silent.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log1p

import numpy as np
from numpy.typing import NDArray

from keskio.engine.text.lists import Kind
from keskio.engine.text.urgency import FEELING, MOST_REACHED, REACH, VALUE, VELOCITY
from keskio.listen.contracts import EMOTIONS
from keskio.listen.model.scoring import Scores
from keskio.listen.reading.batch import Group

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

MOVED = 0.45  # log-odds of negativity for one unit of the rules' sum
MOST_MOVED = 2.2
FELT = 0.5  # log-odds for one word of an emotion
LEARNT = 0.9  # what the model's direction (-1..1) weighs beside silent rules
LEARNT_BESIDE = 0.5  # ... beside rules that speak
ASKED = 0.2  # ... in a question without complaint
NEUTRAL = 0.25  # ... where words that sound bad are only terms of the business
OURS = 0.7  # ... of LEARNT, where only words of the business are known
SPEAKING = 0.3
RATED = 1.2  # what a star above or below three weighs
LEANS = 0.15  # a polarity nearer to nought than this is neutral
AT = {name: place for place, name in enumerate(EMOTIONS)}


def label_of(polarity: float) -> str:
    """Return negative, neutral or positive for a polarity of -1..1."""
    return "negative" if polarity <= -LEANS else "positive" if polarity >= LEANS else "neutral"


def negative_with(chances: Floats, sums: Doubles) -> Doubles:
    """Return the chances of negativity moved by what the rules say, 0-1.

    `sums` of the rules are 0 for messages that are not about the business: of these the model knows more,
    it has learnt from such, and the rules are of customers' words.
    """
    bounded = np.clip(chances.astype(np.float64), 1e-4, 1 - 1e-4)
    moved = np.clip(MOVED * sums.astype(np.float32), -MOST_MOVED, MOST_MOVED)
    odds = np.log(bounded / (1 - bounded)) - moved
    return np.asarray(np.round(1 / (1 + np.exp(-odds)), 4))


def feelings_with(chances: Floats, felt: Sequence[tuple[int, Sequence[str]]]) -> Doubles:
    """Return the chances of EMOTIONS moved by words of emotion: (message, emotions) each."""
    moved = np.zeros_like(chances)
    for row, names in felt:
        for name in names:
            moved[row, AT[name]] += FELT
    bounded = np.clip(chances.astype(np.float64), 1e-4, 1 - 1e-4)
    odds = np.log(bounded / (1 - bounded)) + np.minimum(moved, 2.0)
    return np.asarray(np.round(1 / (1 + np.exp(-odds)), 4))


def polarity_with(
    scores: Scores, sums: Doubles, shares: Doubles, ratings: Sequence[float | None]
) -> list[float]:
    """Return which way each message leans, -1..1.

    `sums` of the rules; `shares`: what the model's direction weighs beside them (`learnt_shares`).
    """
    leaning = sums + shares * scores.polarity
    for row, rating in enumerate(ratings):
        if rating is not None:
            leaning[row] += RATED * (min(5.0, max(1.0, rating)) - 3)
    return np.round(np.tanh(leaning / 2), 4).tolist()  # type: ignore[no-any-return]


def learnt_shares(group: Group) -> Doubles:
    """Return what the model's direction weighs in each message beside what the rules say of it."""
    shares = np.where(group.kinds & Kind.DOMAIN != 0, LEARNT * OURS, LEARNT)
    shares[group.terms] = NEUTRAL
    shares[group.asks] = ASKED
    shares[np.abs(group.sums) >= SPEAKING] = LEARNT_BESIDE
    return shares


def urgencies(
    negative: Doubles, feeling: Doubles, reached: Doubles, speeds: Doubles, values: Doubles
) -> Doubles:
    """Return the parts of `urgency_of` of many messages at once, 5 x messages; the product is the whole."""
    reach = np.minimum(1.0, np.log1p(np.maximum(0, reached)) / log1p(MOST_REACHED))
    return np.stack(
        [
            np.clip(negative, 0, 1),
            FEELING + (1 - FEELING) * np.clip(feeling, 0, 1),
            REACH + (1 - REACH) * reach,
            VELOCITY + (1 - VELOCITY) * np.clip(speeds, 0, 1),
            VALUE + (1 - VALUE) * np.clip(values, 0, 1),
        ]
    )
