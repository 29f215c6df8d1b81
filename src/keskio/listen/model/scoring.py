"""Scoring messages: how negative, which way, and which feelings, and by which words.

`Scorer` holds the frozen tables of each language and, when a company has taught its own, a table on
top of them. Texts of a language without a table of its own are read with the Finnish one.

>>> scorer = Scorer.load()
>>> scores = scorer.score([["kiitos", "hyvästä", "palvelusta"], ["törkeää", "touhua"]], "fi")
>>> bool(scores.negative[0] < scores.negative[1])
True
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from keskio.engine.text.tokens import END
from keskio.listen.model import batches
from keskio.listen.model.batches import Batch
from keskio.listen.model.tables import Floats, Table
from keskio.listen.model.words import Words

FILES = Path(__file__).parent / "files"
LANGUAGES = ("fi", "en")
EMOTIONS = ("joy", "trust", "fear", "surprise", "sadness", "disgust", "anger", "anticipation")
POLARITIES = ("polarity:negative", "polarity:neutral", "polarity:positive")
NEGATIVE = "negative"
HEADS = (NEGATIVE, *POLARITIES, *EMOTIONS)
FROZEN, OWN = "frozen", "own"


@dataclass(frozen=True)
class Scores:
    """What a batch of messages scores, a row each, all 0-1 and .5 where both are as likely.

    `negative`: anger, disgust, fear or sadness is in it. `polarity`: -1..1. `feelings`: of EMOTIONS in
    their order. `classes`: negative, neutral, positive, summing to 1. `themes` by key: of the
    company's own, when it has taught any.
    """

    negative: Floats
    polarity: Floats
    feelings: Floats
    classes: Floats
    themes: Mapping[str, Floats]

    def emotions(self, row: int) -> dict[str, float]:
        """Return the emotions of one message by name."""
        return dict(zip(EMOTIONS, self.feelings[row].tolist(), strict=True))


class Scorer:
    """The model in use: frozen tables by language, and perhaps the company's own on top."""

    def __init__(self, frozen: Mapping[str, Table], own: Mapping[str, Table] | None = None) -> None:
        self.frozen = dict(frozen)
        self.own = dict(own or {})
        self._words: dict[str, Words] = {}

    @classmethod
    def load(cls, own: Mapping[str, Table] | None = None) -> Scorer:
        """Return a scorer with the tables that are shipped; raises FileNotFoundError without them."""
        return cls(_frozen(), own)

    def words(self, language: str) -> Words:
        """Return what is remembered of the words of a language; others may add their columns."""
        known = self._words.get(language)
        if known is None:
            known = self._words[language] = Words(language)
            batches.prepare(known)
            self.table(language).prepare(known, FROZEN)
            if language in self.own:
                self.own[language].prepare(known, OWN)
        return known

    def table(self, language: str) -> Table:
        """Return the frozen table that a language is read with."""
        return self.frozen.get(language) or self.frozen[LANGUAGES[0]]

    def batch(self, tokens: Sequence[str], language: str, marks: bytearray | None = None) -> Batch:
        """Return a flat list of tokens, each message closed by END, as numbers of `words(language)`."""
        return batches.batch_of(self.words(language), tokens, marks)

    def score(self, token_lists: Sequence[Sequence[str]], language: str) -> Scores:
        """Return what messages score, each a list of tokens without END."""
        flat = [token for tokens in token_lists for token in (*tokens, END)]
        return self.score_batch(self.batch(flat, language), language)

    def score_batch(self, batch: Batch, language: str) -> Scores:
        """Return what a batch made by `batch` in the same language scores."""
        margins, themes = self.margins(batch, language)
        table = self.table(language)
        chances = table.probabilities(margins)
        ways = np.exp(margins[:, 1:4] * table.slope[1:4])
        ways /= ways.sum(axis=1, keepdims=True)
        return Scores(
            negative=chances[:, 0],
            polarity=ways[:, 2] - ways[:, 0],
            feelings=chances[:, 4:],
            classes=ways,
            themes=themes,
        )

    def margins(self, batch: Batch, language: str) -> tuple[Floats, dict[str, Floats]]:
        """Return messages x HEADS, with the company's own corrections in it, and own themes by key."""
        words = self.words(language)
        frozen = self.table(language).margins(batch, words, FROZEN)
        themes: dict[str, Floats] = {}
        own = self.own.get(language)
        if own is None:
            return frozen, themes
        margins = frozen.copy()
        for head, column in zip(own.heads, own.margins(batch, words, OWN).T, strict=True):
            if head in HEADS:
                place = HEADS.index(head)
                margins[:, place] = column
                for other, share in shares_of(own, head).items():
                    margins[:, place] += share * frozen[:, HEADS.index(other)]
            else:
                place = own.heads.index(head)
                chance = 1 / (1 + np.exp(-np.clip(column * own.slope[place], -30, 30)))
                themes[head.removeprefix("theme:")] = chance.astype(np.float32)
        return margins, themes

    def explain(
        self, tokens: Sequence[str], language: str, head: str = NEGATIVE
    ) -> list[tuple[str, float]]:
        """Return each token of one message with what it adds to the margin of `head`.

        Denied words and pairs are counted with the words they are made of. Raises ValueError for a
        head that there is not.
        """
        batch = self.batch([*tokens, END], language)
        return list(zip(tokens, self.added(batch, language, head).tolist(), strict=False))

    def added(self, batch: Batch, language: str, head: str = NEGATIVE) -> Floats:
        """Return what each token of a batch adds to its message's margin of `head`, as `explain` does."""
        words = self.words(language)
        own = self.own.get(language)
        added = np.zeros(len(batch.numbers), dtype=np.float32)
        if head in HEADS:
            shares = shares_of(own, head) if own and head in own.heads else {head: 1.0}
            for other, share in shares.items():
                added += share * self.table(language).added(batch, words, FROZEN, other)
        if own and head in own.heads:
            added += own.added(batch, words, OWN, head)
        elif head not in HEADS:
            raise ValueError(f"There is no head {head!r}")
        return added


def shares_of(own: Table, head: str) -> dict[str, float]:
    """Return by how much a company's own head leans on margins of frozen heads.

    Versions taught before one could lean on several have a number, for the head itself.
    """
    told = own.told["shares"].get(head, 1.0)
    return dict(told) if isinstance(told, Mapping) else {head: float(told)}


@cache
def _frozen() -> dict[str, Table]:
    return {language: Table.load(FILES / f"{language}.npz") for language in LANGUAGES}
