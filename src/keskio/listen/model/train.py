"""`python -m keskio.listen.model.train --data DIR`: make the frozen tables from labelled texts.

Reads xed_fi, xed_en, kajava_fi and kajava_en (one JSON object a line) from the folder and writes
`files/fi.npz` and `files/en.npz`. The same input gives the same tables.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

from keskio.listen.model.corpora import emotion_heads, folder_of, read, shuffled
from keskio.listen.model.fitting import fit
from keskio.listen.model.scoring import FILES, LANGUAGES
from keskio.listen.model.tables import Table


def train(folder: Path, language: str) -> Table:
    """Return the table of a language, fitted on all of its texts in `folder`."""
    rows = shuffled([*read(folder, f"xed_{language}"), *read(folder, f"kajava_{language}")])
    heads = emotion_heads(rows)
    return fit([row.text for row in rows], language, heads, told={"rows": len(rows)})


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the tables."""
    parser = argparse.ArgumentParser(
        prog="python -m keskio.listen.model.train", description=__doc__
    )
    parser.add_argument("--data", help="The folder of labelled texts.")
    parser.add_argument("--to", type=Path, default=FILES, help="Where the tables are written.")
    chosen = parser.parse_args(arguments)
    folder = folder_of(chosen.data)
    for language in LANGUAGES:
        begun = time.process_time()
        table = train(folder, language)
        table.save(chosen.to / f"{language}.npz")
        size = (chosen.to / f"{language}.npz").stat().st_size
        print(
            f"{language}: {table.told['rows']} texts, {len(table.slots)} slots, {size / 1e6:.1f} MB,"
            f" {time.process_time() - begun:.1f} CPU s",
            flush=True,
        )


if __name__ == "__main__":
    main()
