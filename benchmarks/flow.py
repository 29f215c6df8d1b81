"""The flow that every contestant of `bench runner` carries out, and what must be there at the end.

Enrol and claim the first message, wait on disk; reply A, B or something else; branch; claim the
second message; done. Every wait is durable.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from benchmarks.stopwatch import Stopwatch

SEED = 20_261_122
FIRST = "Hei {name}! Vastaa A, jos haluat huollon, tai B, jos haluat alennuskoodin."
SECOND = {
    "A": "Kiitos! Soitamme sinulle seuraavana arkipäivänä.",
    "B": "Tässä alennuskoodisi: SYYSTARJOUS.",
    "other": "Kiitos viestistäsi! Palaamme asiaan.",
}
# Twenty answers as people type them: half say A, a quarter B, a quarter something else.
TYPED = (
    ("A", "A"),
    ("A", "a"),
    ("A", " A "),
    ("A", "a."),
    ("A", "A!"),
    ("B", "B"),
    ("B", " b "),
    ("B", "b."),
    ("other", "Ahaa kiitos"),
    ("other", "Kuka siellä?"),
)
SHARES = (3, 2, 2, 2, 1, 2, 2, 1, 3, 2)


@dataclass(frozen=True)
class Count:
    """What stands on disk after a run: messages claimed, transitions made, people by their end."""

    sends: int
    transitions: int
    ends: Mapping[str, int] = field(default_factory=dict)


class Contestant(Protocol):
    """One way to carry the flow out, for customers 1 to n, in a folder of its own."""

    title: str

    def __init__(self, n: int, folder: Path) -> None:
        """Take note of how many and where; do nothing yet."""

    def prepare(self) -> None:
        """Make tables. Not measured."""

    def run(self, watch: Stopwatch, arriving: Stopwatch) -> None:
        """Carry all customers through the flow.

        `watch` runs while the contestant takes the customers' steps, `arriving` while what happened
        is brought in durably (into the log, into the queue).
        """

    def count(self) -> Count:
        """Return what stands on disk. Not measured."""


def answer_of(text: str) -> str:
    """Return the choice that a typed answer means."""
    word = text.strip().strip(".!").upper()
    return word if word in {"A", "B"} else "other"


def replies(n: int) -> Sequence[str]:
    """Return what customers 1 to n type; always the same."""
    texts = [text for _, text in TYPED]
    return random.Random(SEED).choices(texts, SHARES, k=n)


def shuffled(n: int, turn: int) -> list[int]:
    """Return customers 1 to n in a random order of its own for each `turn`; always the same."""
    customers = list(range(1, n + 1))
    random.Random(SEED + turn).shuffle(customers)
    return customers


def expected(n: int) -> Count:
    """Return what must be there after n customers: two messages and two transitions each."""
    return Count(2 * n, 2 * n, dict(Counter(answer_of(text) for text in replies(n))))
