"""Weighing the model and the rules together.

The model is a sum of words learnt from many texts and gives chances; the rules know denial, contrast and
what is implied, and give a sum of about -6..6. The chance moves by the rules' sum on the scale of
log-odds; the direction is the rules' where they say something, the model's where they are silent.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import tanh

import numpy as np
from numpy.typing import NDArray

from keskio.engine.text.judging import Hit, Judged
from keskio.engine.text.lists import Kind
from keskio.listen.contracts import EMOTIONS
from keskio.listen.model.scoring import Scores

Floats = NDArray[np.float32]

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
    bounded = np.clip(chances, 1e-4, 1 - 1e-4)
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
    bounded = np.clip(chances, 1e-4, 1 - 1e-4)
    odds = np.log(bounded / (1 - bounded)) + np.minimum(moved, 2.0)
    return np.round(1 / (1 + np.exp(-odds)), 4).tolist()  # type: ignore[no-any-return]


def polarity_with(
    scores: Scores,
    judged: Sequence[Judged],
    hits: Sequence[Sequence[Hit]],
    ratings: Sequence[float | None],
) -> list[float]:
    """Return which way each message leans, -1..1."""
    learnt = scores.polarity.tolist()
    found = []
    for row, one in enumerate(judged):
        total = one.sum
        if abs(total) >= SPEAKING:
            total += LEARNT_BESIDE * learnt[row]
        else:
            total += _learnt_share(one, hits[row]) * learnt[row]
        rating = ratings[row]
        if rating is not None:
            total += RATED * (min(5.0, max(1.0, rating)) - 3)
        found.append(round(tanh(total / 2), 4))
    return found


def _learnt_share(judged: Judged, hits: Sequence[Hit]) -> float:
    if judged.is_question:
        return ASKED
    if judged.is_neutral:
        return NEUTRAL
    is_business = any(hit.record.mark.kinds & Kind.DOMAIN for hit in hits)
    return LEARNT * (0.7 if is_business else 1.0)
