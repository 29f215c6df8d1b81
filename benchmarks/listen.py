"""`keskio bench listen`: how many messages are read in a second of one core, through the whole pipeline.

Short messages are of some 33 characters and long ones of 257. "New" text comes to a reader that has read
as much other text before: most of its words are known, some are not, as on any day; "warm" is the same
text again; "empty" is a reader that knows no word yet. With --data the texts are subtitles (xed_fi,
xed_en); without, sentences made of common Finnish words with every sixth word made up. Each run is a
process of its own; so is the one that reads a thousand messages and tells what memory it took.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.listen_memory import memory
from benchmarks.machine import cpu_seconds, describe, median_of
from keskio.listen.model.corpora import folder_of, place, read
from keskio.listen.model.scoring import Scorer
from keskio.listen.model.train import own_rows
from keskio.listen.reading.batch import Incoming
from keskio.listen.reading.pipeline import Reader
from keskio.listen.wordlists.documents import READY, ready_documents

LONG = 257
MADE = 12_000
FEW = 1_000
LEAST_MEMORY = 300  # MB, the goal of a process that only reads
ROOT = Path(__file__).resolve().parent.parent
GOALS = {"short, new": 20_000, "short, warm": 100_000, "long, new": 10_000}


class NothingRead(Exception):
    """Fewer readings came out than messages went in; the figures are worth nothing."""


def main(arguments: Sequence[str] = ()) -> None:
    """Run it and print the table."""
    parser = argparse.ArgumentParser(prog="keskio bench listen", description=__doc__)
    parser.add_argument("--data", help="The folder of labelled texts; made-up texts without it.")
    parser.add_argument("--language", choices=("fi", "en"), default="fi")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--once", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args(list(arguments))
    if chosen.once:
        print(json.dumps(measured(chosen.data, chosen.language)))
        return
    print(describe("numpy", "scipy", "simplemma"), flush=True)
    for line in speed_lines(chosen.data, chosen.language, chosen.runs):
        print(line)


def speed_lines(data: str | None, language: str, runs: int) -> list[str]:
    """Measure and return the table of speed, and what memory it takes."""
    few = memory_of_few(data, language)
    return [
        *lines_of(measured_runs(data, language, runs)),
        f"One that only reads ({FEW:,} messages, base forms of {' and '.join(few['languages'])}):"
        f" {few['now']:,.0f} MB,"
        f" {few['most']:,.0f} MB at most while it loads (goal: under {LEAST_MEMORY}).",
    ]


def measured_runs(data: str | None, language: str, runs: int) -> list[dict[str, float]]:
    """Return what `measured` gives in each of several processes, one after another."""
    return [_once(data, language) for _ in range(runs)]


def lines_of(runs: Sequence[dict[str, float]]) -> list[str]:
    """Return the table of several runs: their medians, and the best of each."""
    lines = [
        f"| messages | characters | messages per CPU second | best of {len(runs)} | goal |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for name in [key for key in runs[0] if not key.startswith("#")]:
        rates = [run[name] for run in runs]
        goal = f"{GOALS[name]:,}" if name in GOALS else ""
        length = f"{runs[0]['#' + name]:.0f}"
        lines.append(
            f"| {name} | {length} | {median_of(rates):,.0f} | {max(rates):,.0f} | {goal} |"
        )
    memory = max(run["#memory"] for run in runs)
    lines.append(f"\nMemory of the process, everything loaded: {memory:,.0f} MB.")
    return lines


def _once(data: str | None, language: str) -> dict[str, float]:
    """Measure in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.listen", "--once", "--language", language]
    command += ["--data", data] if data else []
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def measured(data: str | None, language: str) -> dict[str, float]:
    """Return messages per CPU second by kind, `#kind` the mean length, and `#memory` in MB."""
    before, after = texts_of(data, language)
    found: dict[str, float] = {}
    for name, texts, earlier in (
        ("short", after, before),
        ("long", joined(after), joined(before)),
    ):
        reader = Reader(ready_documents(READY), scorer=Scorer.load())
        reader.read([Incoming("", text, language_hint=language) for text in earlier[:50]])
        if name == "short":
            found["short, empty"] = _rate(reader, earlier, language)
            found["#short, empty"] = _mean(earlier)
        else:
            _rate(reader, earlier, language)
        for kind in ("new", "warm"):
            found[f"{name}, {kind}"] = _rate(reader, texts, language)
            found[f"#{name}, {kind}"] = _mean(texts)
    found["#memory"] = memory()
    return found


def memory_of_few(data: str | None, language: str) -> dict[str, Any]:
    """Return what `benchmarks.listen_memory` tells of a process that has read FEW messages."""
    texts, _ = texts_of(data, language)
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.listen_memory"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
        input=json.dumps([language, *texts[:FEW]]),
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _rate(reader: Reader, texts: Sequence[str], language: str) -> float:
    posts = [
        Incoming(str(n), text, language_hint=language, of_all_sorts=True)
        for n, text in enumerate(texts)
    ]
    begun = cpu_seconds()
    readings = reader.read(posts)
    taken = cpu_seconds() - begun
    if len(readings) != len(posts) or not any(one.negative > 0 for one in readings):
        raise NothingRead(f"{len(readings)} readings of {len(posts)} messages")
    return len(posts) / taken


def _mean(texts: Sequence[str]) -> float:
    return sum(map(len, texts)) / len(texts)


def texts_of(data: str | None, language: str) -> tuple[list[str], list[str]]:
    """Return texts that were read before, and new ones."""
    if data is None:
        made = made_up(language)
        return made[: MADE // 2], made[MADE // 2 :]
    texts = sorted({row.text for row in read(folder_of(data), f"xed_{language}")})
    texts.sort(key=lambda text: place(text, "bench"))
    cut = int(len(texts) * 0.7)
    return texts[:cut], texts[cut:]


def made_up(language: str) -> list[str]:
    """Return sentences of common words in which every sixth word was never written before."""
    words = sorted({word for row in own_rows(language) for word in row.text.split()})
    made = []
    for number in range(MADE):
        sentence = [words[int(place(f"{number} {at}", "word") * len(words))] for at in range(5)]
        at = int(place(str(number), "where") * 5)
        sentence[at] = sentence[at].strip(".,!?") + words[number % len(words)].strip(".,!?").lower()
        made.append(" ".join(sentence))
    return made


def joined(texts: Sequence[str]) -> list[str]:
    """Return the texts put together until each has about LONG characters."""
    found, now = [], ""
    for text in texts:
        now = f"{now} {text}" if now else text
        if len(now) >= LONG - 16:
            found.append(now)
            now = ""
    return found


if __name__ == "__main__":
    main(sys.argv[1:])
