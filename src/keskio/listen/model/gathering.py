"""`python -m keskio.listen.model.gathering fi --vectors FOLDER --data DIR`: make `files/meanings-fi.npz`.

FOLDER is the `vocab` folder of a spaCy pipeline with word vectors: for Finnish spacy-fi's (floret: a word
is the mean of the rows that its pieces are hashed to), for English en_core_web_md's. Vectors are centred,
made as long as each other and cut to their main directions; what words weigh comes from how rare they are
in the texts of DIR. Kept are the words of those texts and the commonest of the dictionary.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from keskio.engine.text.tokens import END, stream
from keskio.listen.model.batches import SILENT
from keskio.listen.model.corpora import folder_of, read
from keskio.listen.model.lemmas import knows
from keskio.listen.model.meanings import FILES, STEPS, keys_of

TEXTS = {"fi": ("xed_fi", "kajava_fi", "suomi24_toxicity_fi"), "en": ("xed_en", "kajava_en")}
SIZE = 80
MOST = {"fi": 55_000, "en": 80_000}
OFTEN = 50
_ALL = (1 << 64) - 1
Floats = NDArray[np.float32]


def murmur3(text: bytes, seed: int) -> int:
    """Return the first 64 bits of MurmurHash3 x64 128 (Austin Appleby, public domain).

    >>> hex(murmur3(b"hello", 0))
    '0xcbd8a7b341bd9b02'
    """
    one = two = seed
    first, second = 0x87C37B91114253D5, 0x4CF5AD432745937F
    whole = len(text) // 16 * 16
    for at in range(0, whole, 16):
        left = int.from_bytes(text[at : at + 8], "little") * first & _ALL
        one ^= _turned(left, 31) * second & _ALL
        one = ((_turned(one, 27) + two) * 5 + 0x52DCE729) & _ALL
        right = int.from_bytes(text[at + 8 : at + 16], "little") * second & _ALL
        two ^= _turned(right, 33) * first & _ALL
        two = ((_turned(two, 31) + one) * 5 + 0x38495AB5) & _ALL
    rest = text[whole:]
    right = int.from_bytes(rest[8:], "little") * second & _ALL
    two ^= _turned(right, 33) * first & _ALL
    left = int.from_bytes(rest[:8], "little") * first & _ALL
    one ^= _turned(left, 31) * second & _ALL
    one, two = one ^ len(text), two ^ len(text)
    one = (one + two) & _ALL
    two = (two + one) & _ALL
    return (_mixed(one) + _mixed(two)) & _ALL


def _turned(value: int, by: int) -> int:
    return (value << by | value >> (64 - by)) & _ALL


def _mixed(value: int) -> int:
    value = (value ^ value >> 33) * 0xFF51AFD7ED558CCD & _ALL
    value = (value ^ value >> 33) * 0xC4CEB9FE1A85EC53 & _ALL
    return value ^ value >> 33


def murmur2(text: bytes, seed: int = 1) -> int:
    """Return MurmurHash64A (Austin Appleby, public domain), by which spaCy knows strings.

    >>> murmur2(b"apple")
    8566208034543834098
    """
    by = 0xC6A4A7935BD1E995
    found = seed ^ len(text) * by & _ALL
    whole = len(text) // 8 * 8
    for at in range(0, whole, 8):
        part = int.from_bytes(text[at : at + 8], "little") * by & _ALL
        found = (found ^ (part ^ part >> 47) * by & _ALL) * by & _ALL
    if whole < len(text):
        found = (found ^ int.from_bytes(text[whole:], "little")) * by & _ALL
    found = (found ^ found >> 47) * by & _ALL
    return found ^ found >> 47


class Vectors:
    """The vectors of a spaCy vocabulary."""

    def __init__(self, folder: Path) -> None:
        self.rows = np.load(folder / "vectors", allow_pickle=False)
        self.how = json.loads((folder / "vectors.cfg").read_text(encoding="utf-8"))
        self.words: list[str] = json.loads((folder / "strings.json").read_text(encoding="utf-8"))
        self.places: dict[int, int] = {}
        if self.how["mode"] == "default":
            self.places = msgspec.msgpack.decode((folder / "key2row").read_bytes())

    def of(self, word: str) -> tuple[int, ...]:
        """Return the rows of which a word's vector is the mean; none where it has no vector."""
        if self.how["mode"] == "floret":
            return tuple(self._of_pieces(word))
        spelt = (self.places.get(murmur2(one.encode()), -1) for one in (word, word.capitalize()))
        return next(((place,) for place in spelt if place >= 0), ())

    def _of_pieces(self, word: str) -> Iterator[int]:
        whole = self.how["bow"] + word + self.how["eow"]
        lengths = range(self.how["minn"], self.how["maxn"] + 1)
        pieces = [whole[at : at + size] for size in lengths for at in range(len(whole) - size + 1)]
        for piece in (whole, *pieces):
            found = murmur3(piece.encode(), self.how["hash_seed"])
            yield (found & 0xFFFFFFFF) % len(self.rows)
            yield (found >> 32) % len(self.rows)


def gather(folder: Path, data: Path, language: str) -> dict[str, NDArray[np.generic]]:
    """Return what the file of a language holds."""
    texts = [row.text for name in TEXTS[language] for row in read(data, name)]
    counts = Counter(word for text in texts for word in set(stream([text])))
    for word in (*SILENT, END):
        counts.pop(word, None)
    vectors = Vectors(folder)
    common = sorted(
        {word for word in vectors.words if word.islower() and word.isalpha()} - counts.keys()
    )
    more = [word for word in common if knows(word, language)]
    # By hash of the word where there are more than can be kept: no letter is better than another.
    more = [more[at] for at in np.argsort(keys_of(more))]
    rows = {word: vectors.of(word) for word in [*sorted(counts), *more][: MOST[language]]}
    words = [word for word, found in rows.items() if found]
    often = np.array([counts[word] for word in words])
    full = np.stack([vectors.rows[list(rows[word])].mean(axis=0) for word in words])
    short = shortened(full, np.minimum(often, OFTEN))
    scale = float(np.abs(short).max() / 127)
    different, places = np.unique(
        np.rint(short / scale).astype(np.int8), axis=0, return_inverse=True
    )
    rarity = 1 + np.log((len(texts) + 1) / (often + 1))
    keys = keys_of(words)
    order = np.argsort(keys)
    # Rows in the order of their first word: then places of words of their own are a plain count.
    first = list(dict.fromkeys(places[order].tolist()))
    renumbered = np.argsort(np.array(first))
    return {
        "steps": np.diff(keys[order], prepend=np.uint64(0)).astype(np.uint32),
        "places": renumbered[places[order]].astype(np.uint16 if len(first) < 65536 else np.uint32),
        "weights": np.minimum(255, np.rint(rarity[order] * STEPS)).astype(np.uint8),
        "rows": different[first],
        "scale": np.float32(scale),
    }


def shortened(full: Floats, often: NDArray[np.int64]) -> Floats:
    """Return vectors centred, made equally long, and turned to their SIZE main directions.

    The lesser directions are stretched by the root of how much less they are.
    """
    centred = full - (full * often[:, None]).sum(axis=0) / often.sum()
    centred /= np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-9)
    felt = centred * np.sqrt(often)[:, None]
    sizes, ways = np.linalg.eigh(felt.T @ felt)
    size = np.sqrt(np.maximum(sizes[::-1][:SIZE], 1e-9) / sizes[-1])
    return np.asarray(centred @ ways[:, ::-1][:, :SIZE] / np.sqrt(size), dtype=np.float32)


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the file of a language."""
    parser = argparse.ArgumentParser(
        prog="python -m keskio.listen.model.gathering", description=__doc__
    )
    parser.add_argument("language", choices=tuple(TEXTS))
    parser.add_argument("--vectors", type=Path, required=True, help="The folder of vectors.")
    parser.add_argument("--data", help="The folder of labelled texts.")
    parser.add_argument("--to", type=Path, default=FILES, help="Where the file is written.")
    chosen = parser.parse_args(arguments)
    found = gather(chosen.vectors, folder_of(chosen.data), chosen.language)
    file = chosen.to / f"meanings-{chosen.language}.npz"
    np.savez_compressed(file, **found)  # type: ignore[arg-type]
    words, rows = len(found["steps"]), len(found["rows"])
    size = file.stat().st_size / 1e6
    print(f"{chosen.language}: {words} words, {rows} vectors, {size:.1f} MB")  # noqa: T201


if __name__ == "__main__":
    main()
