"""What the steps of the pipeline hand on: a batch of messages, and its parts by language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from keskio.engine.text.judging import Judged
from keskio.listen.contracts import Reading
from keskio.listen.model.batches import Batch as Numbered
from keskio.listen.model.scoring import Scores
from keskio.listen.model.words import Numbers

if TYPE_CHECKING:
    from keskio.listen.reading.evidence import Told

Doubles = NDArray[np.float64]


class Arrived(Protocol):
    """What the reader asks of a message."""

    @property
    def id(self) -> Any: ...  # noqa: D102 - handed back as it is
    @property
    def text(self) -> str: ...  # noqa: D102
    @property
    def title(self) -> str: ...  # noqa: D102
    @property
    def language_hint(self) -> str: ...  # noqa: D102
    @property
    def reach(self) -> int: ...  # noqa: D102
    @property
    def reposts(self) -> int: ...  # noqa: D102
    @property
    def rating(self) -> float | None: ...  # noqa: D102
    @property
    def of_all_sorts(self) -> bool: ...  # noqa: D102


class Incoming(msgspec.Struct, frozen=True):
    """A message to be read; `rating` in stars 1-5, `value` of the customer 0-1.

    `of_all_sorts`: from a stream of what anybody says of anything. There the rules of language are kept
    for messages with a word of the business; of others the model alone tells how they lean.
    """

    id: str
    text: str
    title: str = ""
    language_hint: str = ""
    reach: int = 0
    reposts: int = 0
    rating: float | None = None
    value: float = 0.5
    of_all_sorts: bool = False


class Found(NamedTuple):
    """The known words of a group as arrays: whose, where in the group, which record, whether denied.

    `business` is by message: whether it has a word of the business.
    """

    owners: NDArray[np.int64]
    places: NDArray[np.int64]
    numbers: NDArray[np.int32]
    denied: NDArray[np.bool_]
    business: NDArray[np.bool_]

    def kinds(self, bits: NDArray[np.int64], count: int) -> NDArray[np.int64]:
        """Return for each of `count` messages the bits of all its hits; `bits` are those of records."""
        kinds = np.zeros(count, dtype=np.int64)
        if len(self.owners):
            firsts = np.flatnonzero(np.diff(self.owners, prepend=-1))
            kinds[self.owners[firsts]] = np.bitwise_or.reduceat(bits[self.numbers], firsts)
        return kinds


@dataclass
class Group:
    """The messages of a batch that are in one language; every list and array is by message of the group.

    Of what the rules say (`judged`): `spoken` are the messages they speak of; `sums`, and whether it
    `asks`, is only in `terms` of the business, or has a part that `weighs`.

    `rows` are their places in the batch. `said` are the numbers in `spelt` of all tokens, each message
    closed by END; `starts` and `batch.ends` bound the messages in it.
    """

    language: str
    rows: list[int]
    said: Numbers
    spelt: list[str]
    batch: Numbered | None = None
    starts: list[int] = field(default_factory=list)
    found: Found | None = None
    kinds: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    judged: list[Judged] = field(default_factory=list)
    spoken: list[int] = field(default_factory=list)
    sums: Doubles = field(default_factory=lambda: np.zeros(0))
    asks: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=bool))
    terms: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=bool))
    weighs: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=bool))
    scores: Scores | None = None
    told: Told | None = None
    feelings: Doubles = field(default_factory=lambda: np.zeros((0, 0)))
    negative: Doubles = field(default_factory=lambda: np.zeros(0))
    polarity: list[float] = field(default_factory=list)
    themes: list[dict[str, float]] = field(default_factory=list)
    sides: list[str] = field(default_factory=list)
    motives: list[str] = field(default_factory=list)
    spread: list[float] = field(default_factory=list)
    speeds: list[float] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    urgency: list[float] = field(default_factory=list)
    parts: list[list[float]] = field(default_factory=list)
    matches: list[bool] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.rows)

    def tokens_of(self, at: int) -> list[str]:
        """Return one message's tokens, without END."""
        assert self.batch is not None, "numbered in the step before"
        numbers = self.said[self.starts[at] : int(self.batch.ends[at]) - 1]
        return list(map(self.spelt.__getitem__, numbers.tolist()))


@dataclass
class Batch:
    """Messages on their way through the steps; `said` and `spelt` as those of a group."""

    posts: Sequence[Arrived]
    texts: list[str] = field(default_factory=list)
    said: Numbers = field(default_factory=lambda: np.zeros(0, dtype=np.int32))
    spelt: list[str] = field(default_factory=list)
    ends: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    languages: list[str] = field(default_factory=list)
    margins: list[float] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    velocities: Mapping[str, float] = field(default_factory=dict)
    readings: list[Reading] = field(default_factory=list)


def split_by_language(batch: Batch) -> list[Group]:
    """Return the batch's tokens in groups by language; one language needs no copying."""
    kinds = sorted(set(batch.languages))
    if len(kinds) == 1:
        return [Group(kinds[0], list(range(len(batch.posts))), batch.said, batch.spelt)]
    languages = np.array(batch.languages)
    counts = np.diff(batch.ends, prepend=0)
    groups = []
    for language in kinds:
        ours = languages == language
        said = batch.said[np.repeat(ours, counts)]
        groups.append(Group(language, np.flatnonzero(ours).tolist(), said, batch.spelt))
    return groups
