"""`python -m keskio.listen.model.train --data DIR`: make the frozen tables from labelled texts.

Reads xed_fi, xed_en, kajava_fi and kajava_en (one JSON object a line) from the folder and writes
`files/fi.npz`, `files/en.npz` and `files/language.npz`. The same input gives the same tables.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from keskio.listen.model.batches import NO_MARKS
from keskio.listen.model.corpora import Labelled, emotion_heads, folder_of, place, read, shuffled
from keskio.listen.model.features import Space
from keskio.listen.model.fitting import Head, fit
from keskio.listen.model.language import NAME
from keskio.listen.model.scoring import FILES, LANGUAGES
from keskio.listen.model.tables import Table

WRITTEN = Path(__file__).parent / "written"
LANGUAGE_COST = 1.0
OWN_TIMES = 5  # there are a hundred of them among twenty thousand


def train(folder: Path, language: str) -> Table:
    """Return the table of a language, fitted on all of its texts in `folder`."""
    rows = [*read(folder, f"xed_{language}"), *read(folder, f"kajava_{language}")]
    rows = shuffled([*rows, *own_rows(language) * OWN_TIMES])
    heads = emotion_heads(rows)
    return fit([row.text for row in rows], language, heads)


def own_rows(language: str) -> list[Labelled]:
    """Return the messages of our own with their labels: customers speak otherwise than films do."""
    lines = (WRITTEN / f"{language}.tsv").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("\t", 1) for line in lines]
    return [Labelled(text, frozenset(labels.split(","))) for labels, text in pairs]


def train_language(folder: Path) -> Table:
    """Return the table that tells languages apart, fitted on all of the subtitles in `folder`."""
    return language_table(
        {code: [row.text for row in read(folder, f"xed_{code}")] for code in LANGUAGES}
    )


def language_table(texts: Mapping[str, Sequence[str]]) -> Table:
    """Return a table that tells apart the languages of `texts`, and Swedish by sentences of our own.

    Longer texts are learnt in halves too, since short ones are what is hard.
    """
    known = {**texts, "sv": written("sv")}
    rows = [
        (part, code) for code, lines in known.items() for text in lines for part in _parts(text)
    ]
    rows.sort(key=lambda row: (place(row[0], "order"), row))
    codes = np.array([code for _, code in rows])
    return fit(
        [text for text, _ in rows],
        "",
        {code: Head(codes == code) for code in known},
        space=Space(18, (1, 2, 3, 4)),
        cost=LANGUAGE_COST,
        marks=NO_MARKS,
    )


def _parts(text: str) -> list[str]:
    words = text.split()
    middle = len(words) // 2
    return [text, " ".join(words[:middle]), " ".join(words[middle:])] if middle > 1 else [text]


def written(name: str) -> list[str]:
    """Return the sentences of our own in `written/NAME.txt`."""
    return (WRITTEN / f"{name}.txt").read_text(encoding="utf-8").splitlines()


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the tables."""
    parser = argparse.ArgumentParser(
        prog="python -m keskio.listen.model.train", description=__doc__
    )
    parser.add_argument("--data", help="The folder of labelled texts.")
    parser.add_argument("--only", choices=(*LANGUAGES, NAME), help="Which table; all by default.")
    parser.add_argument("--to", type=Path, default=FILES, help="Where the tables are written.")
    chosen = parser.parse_args(arguments)
    folder = folder_of(chosen.data)
    for language in [chosen.only] if chosen.only else (*LANGUAGES, NAME):
        begun = time.process_time()
        table = train_language(folder) if language == NAME else train(folder, language)
        table.save(chosen.to / f"{language}.npz")
        size = (chosen.to / f"{language}.npz").stat().st_size
        print(  # noqa: T201 - a command tells what it did
            f"{language}: {table.told['rows']} texts, {len(table.slots)} slots, {size / 1e6:.1f} MB,"
            f" {time.process_time() - begun:.1f} CPU s",
            flush=True,
        )


if __name__ == "__main__":
    main()
