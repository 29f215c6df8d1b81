"""What labels are made of; light to load, so that pages need not load what fits models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

FEWEST_NEW = 20  # labels since the last fit before another is made or compared
POLARITY = "polarity"
VALUES = ("negative", "neutral", "positive")


class Lesson(NamedTuple):
    """A text and what people said of it: values by head, as `models.Label` has them."""

    text: str
    values: Mapping[str, str]
