"""How urgent a message is: a product of parts, each 0-1 and each shown.

urgency = negative x feeling x reach x velocity x value. Every part grows with what it is made of, so more
of anything never makes a message less urgent (a property test holds it to this).
"""

from __future__ import annotations

from math import log1p

import msgspec

MOST_REACHED = 1_000_000  # people; more than this is as urgent
REPOST = 50  # people reached by one who passes it on
FEELING, REACH, VELOCITY, VALUE = 0.6, 0.65, 0.8, 0.8  # what each part is at its least


class Urgency(msgspec.Struct, frozen=True):
    """The parts and their product, all 0-1."""

    negative: float
    feeling: float
    reach: float
    velocity: float
    value: float
    whole: float


def urgency_of(
    negative: float,
    *,
    feeling: float = 0.0,
    reached: int = 0,
    velocity: float = 0.0,
    value: float = 0.5,
) -> Urgency:
    """Return how urgent a message is.

    `negative`, `feeling` (the stronger of anger and fear), `velocity` (how unusually fast its theme
    grows) and `value` (the customer's, .5 when not known) are 0-1; what is outside is taken for the
    nearest end. `reached`: followers, and `REPOST` for each who passed it on.

    >>> urgency_of(1.0, feeling=1.0, reached=1_000_000, velocity=1.0, value=1.0).whole
    1.0
    >>> urgency_of(0.0, feeling=1.0).whole
    0.0
    """
    parts = (
        _bounded(negative),
        FEELING + (1 - FEELING) * _bounded(feeling),
        REACH + (1 - REACH) * min(1.0, log1p(max(0, reached)) / log1p(MOST_REACHED)),
        VELOCITY + (1 - VELOCITY) * _bounded(velocity),
        VALUE + (1 - VALUE) * _bounded(value),
    )
    whole = 1.0
    for part in parts:
        whole *= part
    return Urgency(*parts, whole)


def _bounded(number: float) -> float:
    return min(1.0, max(0.0, number))
