"""A reader for tests of the job: what it reads is told by marks in the text, nothing is learnt."""

from __future__ import annotations

from collections.abc import Sequence

from keskio.listen.contracts import Reading, Step
from keskio.listen.hearing import Unread

THEMES = {"jono": "queues", "kortti": "cards", "verkkopankki": "online_bank"}


class MarkReader:
    """Matches what has the word "pankki" or "jono"; themes by THEMES; refuses a text with "XXX"."""

    def __init__(self, version: str = "test 1") -> None:
        self.version = version
        self.batches: list[int] = []
        self.had = 0

    def read(self, posts: Sequence[Unread]) -> list[Reading]:
        """Return readings in the order of `posts`."""
        self.batches.append(len(posts))
        self.had += len(posts)
        return [self._one(post.whole.lower()) for post in posts]

    def take_times(self) -> list[tuple[str, int, int, int]]:
        """Return what one step had."""
        had, self.had = self.had, 0
        return [("match", had, had, 10 * had)]

    def _one(self, text: str) -> Reading:
        if "xxx" in text:
            raise ValueError("no such text")
        themes = {theme: 1.0 for word, theme in THEMES.items() if word in text}
        is_match = bool(themes) or "pankki" in text
        words = tuple((word, 0.0, "business") for word in THEMES if word in text)
        return Reading(
            language="fi",
            negative=0.9 if is_match else 0.1,
            polarity=-0.8 if is_match else 0.0,
            emotions={"anger": 0.7, "joy": 0.1} if is_match else {},
            themes=themes,
            is_match=is_match,
            side="physical" if "jono" in text else "",
            motive="vents" if is_match else "",
            urgency=0.6 if is_match else 0.0,
            evidence=(Step("match", "match", words),),
        )
