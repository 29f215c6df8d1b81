"""A file taken in, a chunk at a time: tried out and rolled back, or kept with the place reached.

The place is saved in the chunk's own transaction, and only if it is still where the chunk began: a
second worker, or a stop, makes the chunk roll back. So killing the process anywhere loses and doubles
nothing.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
from django.db import transaction

from keskio.jobs.api import wake
from keskio.kernel.clock import Micros, now_micros
from keskio.kernel.errors import Mistake, Trouble
from keskio.kernel.sql import fetch, run, run_many
from keskio.know.bulk import CHUNK, refresh_statistics
from keskio.know.imports.files import Line, Shape, WrongFile, lines_of
from keskio.know.imports.mapping import read_mapping
from keskio.know.imports.rows import Fault, Reader, Row
from keskio.know.imports.taking import EXAMPLES, Outcome, take_rows

ROWS_A_TURN = 2000
SECONDS_A_TURN = 0.4
MOST_FAULTS = 100_000

_LOAD = """
    SELECT path, shape, mapping, state, place, "row", counts, examples
    FROM imports_import WHERE id = %s
"""
_MOVE = """
    UPDATE imports_import
    SET place = %s, "row" = %s, counts = %s, examples = %s, seen_at = %s, worked = worked + %s
    WHERE id = %s AND place = %s AND state = %s
"""
_END = """
    UPDATE imports_import SET state = %s, ended_at = %s, sentence = %s
    WHERE id = %s AND state = %s
"""
_KEEP_FAULT = """
    INSERT INTO imports_fault (job_id, "row", "column", value, reason) VALUES (%s, %s, %s, %s, %s)
"""
_counts = msgspec.json.Decoder(dict[str, int]).decode
_encode = msgspec.json.Encoder().encode


class Moved(Trouble):
    """Somebody else has stopped this import or taken it on."""

    code = "moved"


class Run:
    """One import under way in this process: its file open where the last chunk ended."""

    def __init__(self, job: int) -> None:
        rows = fetch(_LOAD, (job,))
        if not rows:
            raise WrongFile(f"There is no import {job}.")
        path, shape, mapping, state, place, row, counts, examples = rows[0]
        self.job = job
        self.state = str(state)
        self.place = int(place)
        self.row = int(row)
        self.counts: Counter[str] = Counter(_counts(counts))
        self.examples: dict[str, list[list[str]]] = msgspec.json.decode(examples)
        self.shape = msgspec.json.decode(shape, type=Shape)
        self.mapping = read_mapping(mapping)
        self._reader = Reader(self.mapping, self.shape.names)
        self._lines: Iterator[Line] = lines_of(
            Path(path), self.shape, place=self.place, row=self.row
        )
        self._is_over = False

    @property
    def is_trial(self) -> bool:
        """Tell whether the rows are only tried out."""
        return self.state == "trying"

    def step(self, *, most: int = CHUNK, seconds: float = 60.0) -> bool:
        """Take up to `most` more rows; return whether there may be more.

        Reading stops after `seconds`. Raises Moved, and then nothing of the chunk has happened.
        """
        begun = time.monotonic()
        rows, place, number = self._read(most, begun + seconds)
        with transaction.atomic():
            outcome = take_rows(rows, source=self.mapping.source)
            if self.is_trial:
                transaction.set_rollback(True)
            else:
                self._save(outcome, place, number, begun)
        if self.is_trial:
            with transaction.atomic():
                self._save(outcome, place, number, begun)
        if self._is_over:
            self._end("tried" if self.is_trial else "done")
        return not self._is_over

    def fail(self, sentence: str) -> None:
        """Record that the import cannot go on, and why."""
        self._end("failed", sentence)

    def _read(self, most: int, deadline: float) -> tuple[list[Row], int, int]:
        rows: list[Row] = []
        place, number = self.place, self.row
        for line in self._lines:
            if not line.cells:  # still on the way to the place
                if time.monotonic() > deadline:
                    return rows, place, number
                continue
            rows.append(self._reader.read(line.number, line.cells))
            place, number = line.place, line.number
            if len(rows) >= most or (not len(rows) % 100 and time.monotonic() > deadline):
                return rows, place, number
        self._is_over = True
        return rows, place, number

    def _save(self, outcome: Outcome, place: int, number: int, begun: float) -> None:
        """Save the place with the rows before it, unless somebody has moved it meanwhile."""
        kept = self.counts["faults"]
        counts = self.counts + outcome.counts
        examples = _joined(self.examples, outcome.examples)
        values = (
            place,
            number,
            _encode(dict(counts)).decode(),
            _encode(examples).decode(),
            now_micros(),
            int((time.monotonic() - begun) * 1_000_000),
            self.job,
            self.place,
            self.state,
        )
        if run(_MOVE, values) != 1:
            raise Moved(f"The import {self.job} was stopped, or is being taken in elsewhere.")
        keep_faults(self.job, outcome.faults[: max(0, MOST_FAULTS - kept)])
        self.place, self.row, self.counts, self.examples = place, number, counts, examples

    def _end(self, state: str, sentence: str = "") -> None:
        run(_END, (state, now_micros(), sentence, self.job, self.state))
        if state == "done" and self.row > CHUNK:
            refresh_statistics()
        wake()


def _joined(
    ours: Mapping[str, list[list[str]]], theirs: Mapping[str, list[list[str]]]
) -> dict[str, list[list[str]]]:
    names = [*ours, *(name for name in theirs if name not in ours)]
    return {n: [*ours.get(n, []), *theirs.get(n, [])][:EXAMPLES] for n in names}


def keep_faults(job: int, faults: list[Fault]) -> None:
    """Keep what cannot be read, for the report."""
    run_many(
        _KEEP_FAULT,
        [(job, f.row, f.column[:200], f.value[:200], f.reason[:300]) for f in faults],
    )


def next_at_work() -> int:
    """Return the import whose turn it is, the oldest first; 0: none."""
    rows = fetch("SELECT min(id) FROM imports_import WHERE state IN ('running', 'trying')")
    return int(rows[0][0] or 0)


class Importer:
    """The job that takes files in, a chunk a turn."""

    name = "importer"

    def __init__(self) -> None:
        self._run: Run | None = None

    def turn(self, now: Micros) -> bool:  # noqa: ARG002 - every job is told the time
        """Take the next rows of the import whose turn it is."""
        job = next_at_work()
        if not job:
            self._run = None
            return False
        try:
            run_now = self._running(job)
            if run_now.step(most=ROWS_A_TURN, seconds=SECONDS_A_TURN):
                return True
        except Moved:
            self._run = None
            return True
        except (Mistake, OSError) as error:
            told = error.message if isinstance(error, Mistake) else f"The file is gone: {error}."
            end_failed(job, told)
        except BaseException:
            self._run = None  # its file stands behind rows that were rolled back
            raise
        self._run = None
        return True

    def _running(self, job: int) -> Run:
        """Return the run of `job`, opened anew where it is not the one at hand or was stopped meanwhile."""
        state: list[tuple[Any, ...]] = fetch(
            "SELECT state, place FROM imports_import WHERE id = %s", (job,)
        )
        kept = self._run
        if kept is None or kept.job != job or (kept.state, kept.place) != state[0]:
            kept = self._run = Run(job)
        return kept


def end_failed(job: int, sentence: str) -> None:
    """Record that an import cannot go on, and why."""
    run(
        "UPDATE imports_import SET state = 'failed', ended_at = %s, sentence = %s WHERE id = %s",
        (now_micros(), sentence, job),
    )
