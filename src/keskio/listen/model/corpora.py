"""Reading labelled texts, one JSON object a line, and splitting them by what they say.

The folder is given by the caller or by KESKIO_LISTENING_DATA; none of it is part of Keskiö.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from keskio.kernel.errors import Mistake
from keskio.listen.model.fitting import Head
from keskio.listen.model.scoring import EMOTIONS, NEGATIVE, POLARITIES

FOLDER = "KESKIO_LISTENING_DATA"
BAD = frozenset({"anger", "disgust", "fear", "sadness"})
GOOD = frozenset({"joy", "trust"})
NEUTRAL = "neutral"
_NOT_LETTERS = re.compile(r"[\W\d_]+")


class Labelled(NamedTuple):
    """A text with its labels."""

    text: str
    labels: frozenset[str]


def folder_of(given: str | Path | None) -> Path:
    """Return the folder of labelled texts; raises Mistake when none is given or it is not there."""
    named = given or os.environ.get(FOLDER, "")
    if not named or not Path(named).is_dir():
        raise Mistake(
            f"There is no folder {str(named)!r} with labelled texts: give it with --data or in {FOLDER}."
        )
    return Path(named)


def read(folder: Path, name: str) -> list[Labelled]:
    """Return the rows of `name`.jsonl; `clean` is read where there is one, as neutral rows need it."""
    with (folder / f"{name}.jsonl").open(encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    return [Labelled(row.get("clean") or row["text"], _labels(row)) for row in rows]


def _labels(row: dict[str, object]) -> frozenset[str]:
    labels = row.get("labels", row.get("label", ()))
    return frozenset([labels] if isinstance(labels, str) else cast("list[str]", labels))


def place(text: str, salt: str) -> float:
    """Return where a text falls in 0-1 by what it says: the same wherever and however often it stands."""
    said = _NOT_LETTERS.sub(" ", unicodedata.normalize("NFKC", text).lower()).strip()
    digest = hashlib.sha256(f"{salt}|{said}".encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**32


def places(rows: Sequence[Labelled], salt: str) -> NDArray[np.float64]:
    """Return `place` of each row."""
    return np.array([place(row.text, salt) for row in rows])


def shuffled(rows: Sequence[Labelled]) -> list[Labelled]:
    """Return the rows in an order that has nothing to do with their labels, always the same."""
    return sorted(rows, key=lambda row: (place(row.text, "order"), row.text))


def emotion_heads(rows: Sequence[Labelled]) -> dict[str, Head]:
    """Return the heads of feeling: negative, three ways of polarity, and the eight emotions.

    Emotions are learnt among rows that have any. Mixed rows take no part in learning polarity.
    """
    bad = np.array([bool(row.labels & BAD) for row in rows])
    good = np.array([bool(row.labels & GOOD) for row in rows])
    calm = np.array([NEUTRAL in row.labels for row in rows])
    clear = calm | (bad ^ good)
    parts = tuple(np.array([one in row.labels for row in rows]) for one in sorted(BAD))
    heads = {NEGATIVE: Head(bad, parts=parts)}
    for name, wanted in zip(POLARITIES, (bad & ~good, calm, good & ~bad), strict=True):
        heads[name] = Head(wanted, clear)
    for emotion in EMOTIONS:
        heads[emotion] = Head(np.array([emotion in row.labels for row in rows]), ~calm)
    return heads
