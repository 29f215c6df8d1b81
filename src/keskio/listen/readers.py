"""The reader in use: made once, and made anew when word lists or models have changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from keskio.listen.contracts import Reading
from keskio.listen.hearing import Unread
from keskio.listen.model.scoring import Scorer
from keskio.listen.reading.pipeline import Reader, Taken, version_of
from keskio.listen.teaching.queries import read_with, scorer_in_use
from keskio.listen.trends.queries import velocities_now
from keskio.listen.wordlists.queries import documents_in_use


class InUse:
    """Reads with the lists and models in use; `version` names both."""

    def __init__(self, documents: Sequence[Mapping[str, Any]], scorer: Scorer, model: str) -> None:
        self.lists, self.model = version_of(documents), model
        self.version = f"{self.lists} {model}"
        self.scorer = scorer
        self._matches = 0
        # Evidence is kept of every message: why one does not concern us is worth knowing too.
        self._reader = Reader(documents, scorer=scorer, tells=True, version=self.version)

    def read(self, posts: Sequence[Unread]) -> list[Reading]:
        """Return a reading for each post, in their order."""
        self._reader.velocities = velocities_now()
        readings = self._reader.read(posts)
        self._matches += sum(reading.is_match for reading in readings)
        return readings

    def take_times(self) -> list[tuple[str, int, int, int]]:
        """Return (step, messages, passed on, microseconds) since the last time this was asked.

        Every step sees every message; what does not concern us ends at the last, where mentions come out.
        """
        taken = self._reader.steps_taken
        found = [
            (name, one.messages, one.messages, round(one.seconds * 1_000_000))
            for name, one in taken.items()
            if one.messages
        ]
        if found and found[-1][0] == "mention":
            found[-1] = (*found[-1][:2], self._matches, found[-1][3])
        self._matches = 0
        taken.update({name: Taken() for name in taken})
        return found

    def themes(self) -> dict[str, dict[str, str]]:
        """Return the themes of the lists by key, with their names by language."""
        return self._reader.themes()


_last: list[InUse] = []


def current_reader() -> InUse:
    """Return a reader with the word lists and models that are in use now.

    Cheap when nothing has changed: what is in use is asked for in two small queries.
    """
    documents, scorer, model = documents_in_use(), scorer_in_use(), read_with()
    if not _last or _last[0].lists != version_of(documents) or _last[0].scorer is not scorer:
        _last[:] = [InUse(documents, scorer, model)]
    return _last[0]
