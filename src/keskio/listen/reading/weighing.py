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

from keskio.engine.text.judging import Hit, Judged
from keskio.engine.text.lists import Kind
from keskio.engine.text.urgency import FEELING, MOST_REACHED, REACH, VALUE, VELOCITY
from keskio.listen.contracts import EMOTIONS
from keskio.listen.model.scoring import Scores

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

MOVED = 0.45  # log-odds of negativity for one unit of the rules' sum
MOST_MOVED = 2.2
FELT = 0.5  # log-odds for one word of an emotion
LEARNT = 0.9  # what the model's direction (-1..1) weighs beside silent rules
LEARNT_BESIDE = 0.5  # ... beside rules that speak
ASKED = 0.2  # ... in a question without complaint
NEUTRAL = 0.25  # ... where words that sound bad are only terms of the business
SPEAKING = 0.3
RATED = 1.2  # what a star above or below three weighs
LEANS = 0.15  # a polarity nearer to nought than this is neutral
AT = {name: place for place, name in enumerate(EMOTIONS)}


def label_of(polarity: float) -> str:
    """Return negative, neutral or positive for a polarity of -1..1."""
    return "negative" if polarity <= -LEANS else "positive" if polarity >= LEANS else "neutral"


def negative_with(
    chances: Floats, judged: Sequence[Judged], business: Sequence[bool]
) -> list[float]:
    """Return the chances of negativity moved by what the rules say of messages about the business, 0-1.

    Of other messages the model knows more: it has learnt from such, and the rules are of customers' words.
    """
    told = (one.sum if ours else 0.0 for one, ours in zip(judged, business, strict=True))
    sums = np.fromiter(told, dtype=np.float32, count=len(judged))
    bounded = np.clip(chances.astype(np.float64), 1e-4, 1 - 1e-4)
    odds = np.log(bounded / (1 - bounded)) - np.clip(MOVED * sums, -MOST_MOVED, MOST_MOVED)
    return np.round(1 / (1 + np.exp(-odds)), 4).tolist()  # type: ignore[no-any-return]


def feelings_with(
    chances: Floats,
    hits: Sequence[Sequence[Hit]],
    judged: Sequence[Judged],
    business: Sequence[bool],
) -> list[list[float]]:
    """Return the chances of EMOTIONS moved by words of emotion; denied ones do not count."""
    moved = np.zeros_like(chances)
    for row, found in enumerate(hits):
        if not business[row]:
            continue
        for hit in found:
            if hit.record.mark.emotions and not hit.denied:
                for name in hit.record.mark.emotions:
                    moved[row, AT[name]] += FELT
        for phrase in judged[row].phrases:
            for name in phrase.mark.emotions:
                moved[row, AT[name]] += FELT
    bounded = np.clip(chances.astype(np.float64), 1e-4, 1 - 1e-4)
    odds = np.log(bounded / (1 - bounded)) + np.minimum(moved, 2.0)
    return np.round(1 / (1 + np.exp(-odds)), 4).tolist()  # type: ignore[no-any-return]


def polarity_with(
    scores: Scores,
    judged: Sequence[Judged],
    hits: Sequence[Sequence[Hit]],
    ratings: Sequence[float | None],
) -> list[float]:
    """Return which way each message leans, -1..1."""
    sums = np.fromiter([one.sum for one in judged], dtype=np.float64, count=len(judged))
    shares = np.full(len(judged), LEARNT)
    for row, found in enumerate(hits):
        if found:
            speaks = abs(judged[row].sum) >= SPEAKING
            shares[row] = LEARNT_BESIDE if speaks else _learnt_share(judged[row], found)
    sums += shares * scores.polarity
    for row, rating in enumerate(ratings):
        if rating is not None:
            sums[row] += RATED * (min(5.0, max(1.0, rating)) - 3)
    return np.round(np.tanh(sums / 2), 4).tolist()  # type: ignore[no-any-return]


def _learnt_share(judged: Judged, hits: Sequence[Hit]) -> float:
    if judged.is_question:
        return ASKED
    if judged.is_neutral:
        return NEUTRAL
    is_business = any(hit.record.mark.kinds & Kind.DOMAIN for hit in hits)
    return LEARNT * (0.7 if is_business else 1.0)


def urgencies(
    negative: Doubles, feeling: Doubles, reached: Doubles, speeds: Doubles, values: Doubles
) -> list[float]:
    """Return `urgency_of` of many messages at once: the same parts and product."""
    whole = np.clip(negative, 0, 1)
    whole = whole * (FEELING + (1 - FEELING) * np.clip(feeling, 0, 1))
    reach = np.minimum(1.0, np.log1p(np.maximum(0, reached)) / log1p(MOST_REACHED))
    whole *= REACH + (1 - REACH) * reach
    whole *= VELOCITY + (1 - VELOCITY) * np.clip(speeds, 0, 1)
    whole *= VALUE + (1 - VALUE) * np.clip(values, 0, 1)
    return np.round(whole, 4).tolist()  # type: ignore[no-any-return]
