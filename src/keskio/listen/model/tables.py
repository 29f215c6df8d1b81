"""A table of hashed weights: what a linear model knows, frozen; and scoring with it.

A message's margin for a head is (sum of the weights of its features) / (length of the message) + bias,
where the length is the root of the sum of what each of its words adds to it. Both sums are over words,
so what a word adds is worked out once and remembered in columns of `Words`. A table holds slots and
weights, no words.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO, Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from keskio.listen.model import batches
from keskio.listen.model.batches import SILENT, Batch
from keskio.listen.model.features import Space
from keskio.listen.model.meanings import Meanings, meanings_of
from keskio.listen.model.words import Words

Floats = NDArray[np.float32]
LEAST_LENGTH = 1e-3
MOST = 127


@dataclass
class Table:
    """Weights of `heads` for the slots that training met.

    `slots` ascending; `weights` (slots x heads, float32) times `rarity` (of each slot) already;
    `lengths`: the square of each slot's rarity; `bias` and `slope` by head: a margin m means odds
    exp(slope * m). With `meanings` (the name of a file of `meanings`), words also add their vectors
    times `meant` (its size x heads), and denied ones take theirs away again. Raises ValueError when the
    shapes do not agree.
    """

    space: Space
    heads: tuple[str, ...]
    slots: NDArray[np.int64]
    weights: Floats
    lengths: Floats
    bias: Floats
    slope: Floats
    told: dict[str, Any] = field(default_factory=dict)
    meanings: str = ""
    meant: Floats = field(default_factory=lambda: np.zeros((0, 0), dtype=np.float32))

    def __post_init__(self) -> None:
        if self.weights.shape != (len(self.slots), len(self.heads)):
            raise ValueError(f"{self.weights.shape} weights for {len(self.slots)} slots")
        self._meant: Floats | None = None
        self._place = np.zeros(self.space.size, dtype=np.int32)
        self._place[self.slots] = np.arange(1, len(self.slots) + 1)
        rows = np.hstack([self.weights, self.lengths[:, None]]).astype(np.float32)
        # By rows in memory: else every product with it would copy all of it first.
        self._rows = np.ascontiguousarray(
            np.vstack([np.zeros((1, rows.shape[1]), dtype=np.float32), rows])
        )
        self.weights, self.lengths = self._rows[1:, :-1], self._rows[1:, -1]  # once in memory

    def prepare(self, words: Words, name: str, *, denials: bool = True) -> None:
        """Give `words` the columns in which it is remembered what words add here.

        Without `denials`, batches must have none.
        """
        example = np.zeros(len(self.heads) + 1, dtype=np.float32)
        words.add(f"{name}:said", example, partial(self._filled, self.space.word_rows, 1))
        if denials:
            words.add(f"{name}:denied", example, partial(self._filled, self.space.denied_rows, -1))

    def _filled(self, features: Any, sign: int, new: list[str], lemmas: list[str]) -> Floats:
        found = features(new, lemmas)
        places = self._place[found.indices]
        shape = (len(new), len(self._rows))
        added = sp.csr_matrix((found.data, places, found.indptr), shape=shape) @ self._rows
        squares = np.append(found.data**2 * self._rows[places, -1], np.float32(0))
        added[:, -1] = np.add.reduceat(squares, found.indptr[:-1])
        vectors = meanings_of(self.meanings)
        if vectors is not None:
            rows, weights = vectors.rows_of(new, lemmas)
            added[:, :-1] += self._meant_by(vectors)[rows] * (sign * weights[:, None])
        silent = np.fromiter((word in SILENT for word in new), dtype=bool, count=len(new))
        added[silent] = 0
        return np.asarray(added, dtype=np.float32)

    def _meant_by(self, vectors: Meanings) -> Floats:
        """Return what each row of `vectors` adds to the heads, worked out once.

        For each batch of new words anew, the threads that multiply would cost more than all else.
        """
        if self._meant is None:
            self._meant = np.asarray(vectors.rows.astype(np.float32) @ self.meant)
        return self._meant

    def margins(self, batch: Batch, words: Words, name: str) -> Floats:
        """Return messages x heads: margins, 0 where a head cannot decide."""
        sums = self.sums(batch, words, name)
        lengths = np.sqrt(np.maximum(sums[:, -1:], LEAST_LENGTH))
        return np.asarray(sums[:, :-1] / lengths + self.bias, dtype=np.float32)

    def sums(self, batch: Batch, words: Words, name: str) -> Floats:
        """Return messages x (heads + 1): the sums of weights, and of squared lengths last."""
        if (name, "sums") in batch.kept:
            return np.asarray(batch.kept[name, "sums"])
        said = words.values(f"{name}:said")
        sums = batches.word_counts(batch, len(said)) @ said
        if len(batch.denied):
            denied = words.values(f"{name}:denied")
            sums += batches.denied_counts(batch, len(denied)) @ denied
        if len(batch.seconds):
            places = self._pair_places(batch, words, name)
            sums += batches.pair_counts(batch, places, len(self._rows)) @ self._rows
        sums = batch.kept[name, "sums"] = np.asarray(sums, dtype=np.float32)
        return sums

    def _pair_places(self, batch: Batch, words: Words, name: str) -> Any:
        places = batch.kept.get((name, "pairs"))
        if places is None:
            places = self._place[batches.pair_slots(batch, words, self.space)]
            batch.kept[name, "pairs"] = places
        return places

    def probabilities(self, margins: Floats) -> Floats:
        """Return 0-1 for margins: how likely, were yes and no as frequent as each other."""
        return np.asarray(1 / (1 + np.exp(-np.clip(margins * self.slope, -30, 30))), np.float32)

    def added(self, batch: Batch, words: Words, name: str, head: str) -> Floats:
        """Return what each token of a batch adds to its message's margin of `head`.

        What a pair adds is halved between its two words; the bias belongs to no word.
        """
        column = self.heads.index(head)
        of_words = words.values(f"{name}:said")[batch.numbers, column].copy()
        of_words[batch.denied] += words.values(f"{name}:denied")[
            batch.numbers[batch.denied], column
        ]
        halves = self._rows[self._pair_places(batch, words, name), column] / 2
        of_words[batch.seconds] += halves
        of_words[batch.seconds - 1] += halves
        lengths = np.sqrt(np.maximum(self.sums(batch, words, name)[:, -1], LEAST_LENGTH))
        counts = np.diff(batch.ends, prepend=0)
        return np.asarray(of_words / np.repeat(lengths, counts), dtype=np.float32)

    def save(self, file: Path | IO[bytes]) -> None:
        """Write the table: weights in a byte each, of which the root is evenly spaced."""
        most = np.maximum(np.abs(self.weights).max(axis=0, initial=0), 1e-9).astype(np.float32)
        small = np.sign(self.weights) * np.sqrt(np.abs(self.weights) / most) * MOST
        facts = {
            "heads": self.heads,
            "bits": self.space.bits,
            "orders": self.space.orders,
            "told": self.told,
            "meanings": self.meanings,
        }
        np.savez_compressed(
            file,
            facts=np.frombuffer(json.dumps(facts).encode(), dtype=np.uint8),
            steps=np.diff(self.slots, prepend=0).astype(np.uint32),
            weights=np.ascontiguousarray(np.rint(small).astype(np.int8).T),
            most=most,
            lengths=self.lengths.astype(np.float16),
            bias=self.bias,
            slope=self.slope,
            meant=self.meant,
        )

    @classmethod
    def load(cls, file: Path | IO[bytes]) -> Table:
        """Read what `save` wrote."""
        with np.load(file, allow_pickle=False) as kept:
            facts = json.loads(kept["facts"].tobytes())
            small = kept["weights"].T.astype(np.float32) / MOST
            return cls(
                space=Space(facts["bits"], facts["orders"]),
                heads=tuple(facts["heads"]),
                slots=np.cumsum(kept["steps"], dtype=np.int64),
                weights=np.sign(small) * small * small * kept["most"],
                lengths=kept["lengths"].astype(np.float32),
                bias=kept["bias"],
                slope=kept["slope"],
                told=facts["told"],
                # Tables of a company's own that are older than meanings have none.
                meanings=facts.get("meanings", ""),
                meant=kept["meant"] if "meant" in kept else np.zeros((0, 0), dtype=np.float32),
            )
