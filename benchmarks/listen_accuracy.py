"""`make listening DATA=DIR`: measure, and write the tables of docs/listening.md between their markers.

Every row of the open files is judged by a model that has not seen it or any text that says the same: texts
are put into five parts by a hash of what they say (another salt than the published split has), and one
part (of XED each in turn with --parts 5) is held back while the same code that makes the shipped tables
learns from the rest. So less is learnt from than in what is shipped. The challenge set goes through the
whole reader as it is shipped; speed is measured by the code of `keskio bench listen`. Each table is written
when it is ready, with a line beneath it that tells when, on what and beside how much else it was measured.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sklearn.metrics import f1_score, roc_auc_score

from benchmarks.listen import speed_lines
from benchmarks.machine import describe
from keskio.engine.text.tokens import stream
from keskio.kernel.errors import Mistake
from keskio.listen.model import language as languages
from keskio.listen.model.corpora import (
    BAD,
    NEUTRAL,
    Labelled,
    emotion_heads,
    folder_of,
    place,
    read,
    shuffled,
)
from keskio.listen.model.fitting import Head, fit
from keskio.listen.model.scoring import EMOTIONS, Scorer
from keskio.listen.model.tables import Table
from keskio.listen.model.train import language_table, own_rows
from keskio.listen.reading.batch import Incoming
from keskio.listen.reading.pipeline import Reader
from keskio.listen.reading.weighing import label_of
from keskio.listen.teaching.contracts import VALUES, Lesson
from keskio.listen.teaching.learning import Classroom, tasks_of
from keskio.listen.wordlists.documents import READY, ready_documents

SALT = "keskio-listen-2"
PARTS = 5
RUNS = 3
PAGE = Path(__file__).resolve().parent.parent / "docs" / "listening.md"
GOOD = frozenset(
    {"admiration", "amusement", "approval", "caring", "desire", "excitement", "gratitude", "joy"}
    | {"love", "optimism", "pride", "relief"}
)
BAD_MANY = frozenset(
    {"anger", "annoyance", "disappointment", "disapproval", "disgust", "embarrassment", "fear"}
    | {"grief", "nervousness", "remorse", "sadness"}
)
SHORT = {"negative": "neg", "neutral": "neu", "positive": "pos"}


class Split(NamedTuple):
    """What is learnt from, and what was held back."""

    learnt: list[Labelled]
    held: list[Labelled]


def splits(rows: Sequence[Labelled], parts: int) -> Iterator[Split]:
    """Yield rows split by what they say, `parts` times, each held-back part another fifth."""
    ordered = shuffled(list(dict.fromkeys(rows)))
    part = [int(place(row.text, SALT) * PARTS) for row in ordered]
    for number in range(parts):
        yield Split(
            [row for row, at in zip(ordered, part, strict=True) if at != number],
            [row for row, at in zip(ordered, part, strict=True) if at == number],
        )


def margins_of(table: Table, language: str, rows: Sequence[Labelled]) -> np.ndarray:
    """Return rows x heads."""
    scorer = Scorer({language: table})
    batch = scorer.batch(stream([row.text for row in rows]), language)
    return table.margins(batch, scorer.words(language), "frozen")


def feelings(folder: Path, language: str, parts: int) -> dict[str, float]:
    """Return negF1, AUC and 8-way of XED."""
    found = []
    of_films = read(folder, f"xed_{language}")
    other = read(folder, f"kajava_{language}")
    for number, (learnt, held) in enumerate(splits(of_films, parts)):
        more = [row for row in other if int(place(row.text, SALT) * PARTS) != number]
        rows = shuffled([*learnt, *more, *own_rows(language) * 5])
        table = fit([row.text for row in rows], language, emotion_heads(rows))
        margins = margins_of(table, language, held)
        bad = np.array([bool(row.labels & BAD) for row in held])
        felt = np.array([NEUTRAL not in row.labels for row in held])
        eight = [
            f1_score(
                np.array([one in row.labels for row in held])[felt], margins[felt, 4 + place_] > 0
            )
            for place_, one in enumerate(EMOTIONS)
        ]
        found.append(
            (
                f1_score(bad, margins[:, 0] > 0),
                roc_auc_score(bad, margins[:, 0]),
                float(np.mean(eight)),
            )
        )
    neg, auc, eight_way = np.mean(found, axis=0)
    return {"neg": float(neg), "auc": float(auc), "eight": float(eight_way)}


def labels(folder: Path, name: str, parts: int, *, is_single: bool) -> float:
    """Return accuracy (single labels) or macro-F1 of a set of other labels."""
    found = []
    for learnt, held in splits(read(folder, name), parts):
        names = sorted({label for row in learnt for label in row.labels})
        heads = {
            label: Head(np.array([label in row.labels for row in learnt]), slope=1.0)
            for label in names
        }
        cost = 1.0 if is_single else 0.1
        table = fit([row.text for row in learnt], "en", heads, cost=cost)
        margins = margins_of(table, "en", held)
        if is_single:
            right = [
                names[at] in row.labels for at, row in zip(margins.argmax(1), held, strict=True)
            ]
            found.append(float(np.mean(right)))
        else:
            scores = [
                f1_score(np.array([label in row.labels for row in held]), margins[:, at] > 0)
                for at, label in enumerate(names)
            ]
            found.append(float(np.mean(scores)))
    return float(np.mean(found))


def language_rates(folder: Path, parts: int) -> tuple[float, float]:
    """Return how often Finnish and English are told apart: all texts, and those under 20 characters."""
    right: list[tuple[bool, bool]] = []
    for number in range(min(parts, 1)):
        texts = {code: [row.text for row in read(folder, f"xed_{code}")] for code in ("fi", "en")}
        learnt = {
            code: [text for text in found if int(place(text, SALT) * PARTS) != number]
            for code, found in texts.items()
        }
        table = language_table(learnt)
        for code, found in texts.items():
            held = [text for text in found if int(place(text, SALT) * PARTS) == number]
            said = languages.told_by(table, stream(held))
            right += [(one == code, len(text) < 20) for one, text in zip(said, held, strict=True)]
    everything = np.mean([ok for ok, _ in right])
    short = np.mean([ok for ok, is_short in right if is_short])
    return float(everything), float(short)


def lifted(folder: Path, count: int = 200, times: int = 5) -> tuple[float, float]:
    """Return the share right before and after `count` labels from elsewhere: films' model, forum's words."""
    lessons = []
    for row in shuffled(read(folder, "goemotions_en")):
        ways = [bool(row.labels & BAD_MANY), row.labels == {NEUTRAL}, bool(row.labels & GOOD)]
        if sum(ways) == 1:
            lessons.append(Lesson(row.text, {"polarity": VALUES[ways.index(True)]}))
    before, after = [], []
    for number in range(times):
        part = lessons[number * 1000 : (number + 1) * 1000]
        room = Classroom(part, "en", Scorer.load())
        task = tasks_of(part)[0]
        learnt = np.arange(len(part)) < count
        before.append(float((room.frozen_answers(task) == task.said)[~learnt].mean()))
        after.append(float((room.answers(task, learnt, ~learnt) == task.said[~learnt]).mean()))
    return float(np.mean(before)), float(np.mean(after))


def challenge(folder: Path, language: str) -> dict[str, tuple[int, int]]:
    """Return right and all by phenomenon, through the whole reader."""
    with (folder / f"challenge_{language}.jsonl").open(encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    reader = Reader(ready_documents(READY), scorer=Scorer.load())
    readings = reader.read([Incoming("", row["text"], language_hint=language) for row in rows])
    counts: dict[str, tuple[int, int]] = {}
    for row, reading in zip(rows, readings, strict=True):
        is_right = SHORT[label_of(reading.polarity)] == row["polarity"]
        for name in ("all", *row["phenomena"]):
            right, whole = counts.get(name, (0, 0))
            counts[name] = (right + is_right, whole + 1)
    return counts


def table_of(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return a table in Markdown."""
    ruler = ["---", *["---:"] * (len(head) - 1)]
    return ["| " + " | ".join(row) + " |" for row in (head, ruler, *rows)]


def accuracy_lines(folder: Path, parts: int, tell: Callable[[str], None]) -> list[str]:
    """Return the table of accuracy by task."""
    rows: list[list[str]] = []

    def add(task: str, got: str, goal: str) -> None:
        rows.append([task, got, goal])
        tell(f"{task}: {got} (goal {goal})")

    goals = {"fi": ("0.63", "0.80", "0.46"), "en": ("0.65", "–", "0.46")}
    names = {"fi": "XED, Finnish", "en": "XED, English"}
    for code, (f1, auc, eight) in goals.items():
        got = feelings(folder, code, parts)
        add(f"{names[code]}: negative, F1", f"{got['neg']:.3f}", f1)
        add(f"{names[code]}: negative, AUC", f"{got['auc']:.3f}", auc)
        add(f"{names[code]}: eight emotions, macro-F1", f"{got['eight']:.3f}", eight)
    add("Banking77, accuracy", f"{labels(folder, 'banking77_en', 1, is_single=True):.3f}", "0.91")
    add(
        "GoEmotions, 28 labels, macro-F1",
        f"{labels(folder, 'goemotions_en', 1, is_single=False):.3f}",
        "0.44",
    )
    whole, short = language_rates(folder, parts)
    add("Language, Finnish or English", f"{whole:.3f}", "0.99")
    add("Language, under 20 characters", f"{short:.3f}", "0.97")
    before, after = lifted(folder)
    add("200 labels of another domain", f"{before:.3f} → {after:.3f}", "+0.06")
    return table_of(("what", "measured", "goal"), rows)


def challenge_lines(folder: Path) -> list[str]:
    """Return the table of the challenge set by phenomenon."""
    found: Mapping[str, Mapping[str, tuple[int, int]]] = {
        code: challenge(folder, code) for code in ("fi", "en")
    }
    goals = {"all": "80 %", "negation": "80 %", "domain-negative-word": "85 %"}
    names = sorted(
        {name for one in found.values() for name in one}, key=lambda name: (name != "all", name)
    )
    rows = [
        [name, *(_share(found[code].get(name)) for code in ("fi", "en")), goals.get(name, "")]
        for name in names
    ]
    return table_of(("phenomenon", "Finnish", "English", "goal (Finnish)"), rows)


def _share(counts: tuple[int, int] | None) -> str:
    if counts is None:
        return "–"
    return f"{counts[0]} of {counts[1]} ({100 * counts[0] / counts[1]:.0f} %)"


def write(page: Path, name: str, lines: Sequence[str]) -> None:
    """Put a table between its markers, `<!-- NAME begin -->` and `<!-- NAME end -->`.

    Raises Mistake when the page or its markers are not there: the rest of it is written by hand.
    """
    text = page.read_text(encoding="utf-8") if page.exists() else ""
    begin, end = f"<!-- {name} begin -->", f"<!-- {name} end -->"
    before, found, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise Mistake(
            f"{page} has no place for the table {name}: write the lines {begin!r} and {end!r} in it."
        )
    page.write_text("\n".join([before + begin, *lines, end + after]), encoding="utf-8")


def signed(measure: Callable[[], Sequence[str]]) -> list[str]:
    """Return what `measure` gives, with a line beneath: date, machine, versions and load."""
    begun = describe("numpy", "scipy", "scikit-learn", "simplemma")
    return [*measure(), "", f"*{begun}, {os.getloadavg()[0]:.1f} at the end.*"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and write the tables."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.listen_accuracy", description=__doc__
    )
    parser.add_argument("--data", help="The folder of labelled texts.")
    parser.add_argument(
        "--parts", type=int, default=1, help="How many fifths are held back in turn."
    )
    parser.add_argument("--only", choices=("accuracy", "challenge", "speed"))
    parser.add_argument("--page", type=Path, default=PAGE)
    chosen = parser.parse_args(arguments)
    try:
        folder = folder_of(chosen.data)
        tables: dict[str, Callable[[], Sequence[str]]] = {
            "challenge": lambda: challenge_lines(folder),
            "speed": lambda: speed_lines(str(folder), "fi", RUNS),
            "accuracy": lambda: accuracy_lines(folder, chosen.parts, tell),
        }
        for name, measure in tables.items():
            if chosen.only in (None, name):
                tell(f"{name} …")
                write(chosen.page, name, signed(measure))
    except Mistake as mistake:
        parser.exit(2, f"{mistake}\n")


def tell(line: str) -> None:
    """Say how far it is: all of it takes a quarter of an hour."""
    print(line, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
