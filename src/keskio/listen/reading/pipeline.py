"""The pipeline as a visible list of steps, and the reader that runs it.

`Reader.read(posts)` gives a reading for each post, in their order. Texts are read in batches: every word is
looked up once and remembered beside what the model knows of it, so that words met before cost next to
nothing. The reader holds no text after `read` has returned; `steps_taken` counts messages and seconds.
"""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import perf_counter
from typing import Any

import msgspec
import numpy as np

from keskio.engine.text.lists import Lists
from keskio.listen.contracts import Reading
from keskio.listen.model.cutting import Across, Cutting
from keskio.listen.model.language import no_words
from keskio.listen.model.scoring import Scorer
from keskio.listen.reading import steps
from keskio.listen.reading.batch import Arrived, Batch, Incoming
from keskio.listen.reading.records import Records
from keskio.listen.wordlists.documents import lists_of, themes_of

STEPS: tuple[tuple[str, Callable[[Any, Batch], None]], ...] = (
    ("collect", steps.collect),
    ("language", steps.language),
    ("normalise", steps.normalise),
    ("match", steps.match),
    ("negation", steps.negation),
    ("emotions", steps.emotions),
    ("negativity", steps.negativity),
    ("themes", steps.themes),
    ("side", steps.side),
    ("motive", steps.motive),
    ("spread", steps.spread),
    ("urgency", steps.urgency),
    ("mention", steps.mention),
)
AT_ONCE = 1000
MOST_MADE = 6
_made: dict[tuple[str, str], Lists] = {}  # Finnish ones take a second to make


class Taken(msgspec.Struct):
    """How many messages a step has had, and in how many seconds."""

    messages: int = 0
    seconds: float = 0.0


class Reader:
    """Reads texts with word lists and a model.

    `documents`: word lists, what the company added first. `tells`: evidence for all (True), none (False) or
    the matches (None). `value_of` gives a message's customer value, 0-1.
    """

    def __init__(
        self,
        documents: Sequence[Mapping[str, Any]],
        *,
        scorer: Scorer | None = None,
        tells: bool | None = None,
        value_of: Callable[[Arrived], float] | None = None,
        version: str = "",
    ) -> None:
        self.documents = tuple(documents)
        self.scorer = scorer or Scorer.load()
        self.tells = tells
        self.value_of = value_of or _value_given
        self.version = version or version_of(self.documents)
        self.column = (
            f"record {self.version}"  # two readers may share a scorer, each with its lists
        )
        self.velocities: Mapping[str, float] = {}
        self.steps_taken = {name: Taken() for name, _ in STEPS}
        self.cutting = Cutting(no_words())
        self._across: dict[str, Across] = {}
        self._lists: dict[str, Lists] = {}
        self._records: dict[str, Records] = {}

    def read(self, posts: Sequence[Arrived]) -> list[Reading]:
        """Return a reading for each post, in their order."""
        readings: list[Reading] = []
        for start in range(0, len(posts), AT_ONCE):
            with _no_collecting():
                readings += self._read(posts[start : start + AT_ONCE])
        return readings

    def _read(self, posts: Sequence[Arrived]) -> list[Reading]:
        batch = Batch(posts, velocities=self.velocities)
        for name, step in STEPS:
            begun = perf_counter()
            step(self, batch)
            taken = self.steps_taken[name]
            taken.messages += len(posts)
            taken.seconds += perf_counter() - begun
        return batch.readings

    def explain(self, post: Arrived | str) -> Reading:
        """Return one reading with all its evidence."""
        one = Incoming("", post) if isinstance(post, str) else post
        before, self.tells = self.tells, True
        try:
            return self.read([one])[0]
        finally:
            self.tells = before

    def themes(self) -> dict[str, dict[str, str]]:
        """Return the themes of the lists by key, with their names by language."""
        return themes_of(self.documents)

    def lists(self, language: str) -> Lists:
        """Return the lists of a language, made ready when they are first asked for."""
        found = self._lists.get(language)
        if found is None:
            key = (version_of(self.documents), language)
            found = _made.get(key)
            if found is None:
                while len(_made) >= MOST_MADE:
                    _made.pop(next(iter(_made)), None)
                found = _made[key] = lists_of(self.documents, language)
            self._lists[language] = found
        return found

    def across(self, language: str) -> Across:
        """Return what gives the numbers of a language's words for those of `cutting`."""
        found = self._across.get(language)
        if found is None:
            words = self.scorer.words(language)
            found = self._across[language] = Across(self.cutting.words, words)
        return found

    def records(self, language: str) -> Records:
        """Return what is known of listed words, by the first number of the column `record`.

        The second number says whether it speaks, the third whether it is of the business.
        """
        return self._records[language]

    def prepare(self, language: str) -> None:
        """Give the words of a language the column of these lists."""
        if language in self._records:
            return
        records = self._records[language] = Records(self.lists(language))
        example = np.zeros(3, dtype=np.int32)
        self.scorer.words(language).add(self.column, example, records.fill)


@contextmanager
def _no_collecting() -> Iterator[None]:
    """Hold the collector of cycles back for a batch: reading makes many objects and no cycles.

    Whoever held it back already lets it go; in several threads it may come back early, never too late.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _value_given(post: Arrived) -> float:
    return float(getattr(post, "value", 0.5))


def version_of(documents: Sequence[Mapping[str, Any]]) -> str:
    """Return a short name of exactly these documents."""
    return hashlib.sha256(msgspec.json.encode(documents)).hexdigest()[:10]
