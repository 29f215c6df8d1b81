"""The flow in Bytewax: a stateful step by customer, a snapshot of what changed after every batch.

Its events come from memory as Python values, its messages go to a table in one transaction a batch. No
ledger, consents, caps, events of its own, or states that SQL can see.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import bytewax.operators as op
from bytewax.dataflow import Dataflow
from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from bytewax.recovery import RecoveryConfig, init_db_dir
from bytewax.testing import run_main

from benchmarks.flow import FIRST, SECOND, Count, answer_of, replies, shuffled
from benchmarks.stopwatch import Stopwatch

Event = tuple[str, str]
ENROL = ""


class Batches(StatefulSourcePartition[Event, int]):
    """So many events at a time, from a place on."""

    def __init__(self, events: list[Event], size: int, place: int) -> None:
        self._events, self._size, self._place = events, size, place

    def next_batch(self) -> list[Event]:
        """Return the next events; raises StopIteration after the last."""
        found = self._events[self._place : self._place + self._size]
        if not found:
            raise StopIteration
        self._place += len(found)
        return found

    def snapshot(self) -> int:
        """Return where to go on after a crash."""
        return self._place


class Source(FixedPartitionedSource[Event, int]):
    """All events in one partition."""

    def __init__(self, events: list[Event], size: int) -> None:
        self._events, self._size = events, size

    def list_parts(self) -> list[str]:
        """Name the partition."""
        return ["all"]

    def build_part(self, step_id: str, for_part: str, resume_state: int | None) -> Batches:  # noqa: ARG002 - Bytewax's own
        """Begin, or go on."""
        return Batches(self._events, self._size, resume_state or 0)


class Conversation(op.StatefulLogic[str, str, str]):
    """One customer: waits, then is done."""

    def __init__(self, state: str | None) -> None:
        self.state = state or ""

    def on_item(self, value: str) -> tuple[list[str], bool]:
        """Enrol, or take the reply."""
        if not self.state:
            self.state = "waiting"
            return [FIRST], op.StatefulLogic.RETAIN
        if self.state != "waiting":
            return [], op.StatefulLogic.RETAIN
        self.state = answer_of(value)
        return [SECOND[self.state]], op.StatefulLogic.RETAIN

    def snapshot(self) -> str:
        """Return the state, which cannot be changed."""
        return self.state


class Outbox(StatelessSinkPartition[Event]):
    """Rows of a table, a transaction a batch."""

    def __init__(self, file: Path) -> None:
        self._rows = sqlite3.connect(file, isolation_level=None)
        self._rows.execute("PRAGMA synchronous=FULL")

    def write_batch(self, items: list[Event]) -> None:
        """Write the messages."""
        rows = [(who, text.replace("{name}", f"Asiakas {who}")) for who, text in items]
        self._rows.execute("BEGIN IMMEDIATE")
        self._rows.executemany("INSERT INTO outbox (customer, text) VALUES (?, ?)", rows)
        self._rows.execute("COMMIT")


class Sink(DynamicSink[Event]):
    """The one table."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def build(self, step_id: str, worker_index: int, worker_count: int) -> Outbox:  # noqa: ARG002 - Bytewax's own
        """Return the only writer."""
        return Outbox(self._file)


class BytewaxFlow:
    """A dataflow that snapshots after every `batch` events."""

    title = "Bytewax, a snapshot a batch of 1,000"
    batch: ClassVar[int] = 1_000

    def __init__(self, n: int, folder: Path) -> None:
        self.n = n
        self.file = folder / "outbox.sqlite3"
        self.recovery = folder / "recovery"

    def prepare(self) -> None:
        """Make the table, the recovery store and the events."""
        with sqlite3.connect(self.file) as rows:
            rows.executescript(
                "PRAGMA journal_mode=WAL;"
                "CREATE TABLE outbox (id INTEGER PRIMARY KEY, customer TEXT, text TEXT);"
            )
        self.recovery.mkdir()
        init_db_dir(self.recovery, 1)  # type: ignore[no-untyped-call]
        texts = replies(self.n)
        self.events: list[Event] = [
            *((str(customer), ENROL) for customer in shuffled(self.n, 1)),
            *((str(customer), texts[customer - 1]) for customer in shuffled(self.n, 2)),
        ]

    def run(self, watch: Stopwatch, arriving: Stopwatch) -> None:  # noqa: ARG002 - from memory
        """Let all events flow through."""
        flow = Dataflow("twin")
        events = op.input("events", flow, Source(self.events, self.batch))
        texts = op.stateful("conversation", events, Conversation)
        op.output("outbox", texts, Sink(self.file))
        config = RecoveryConfig(str(self.recovery), backup_interval=None)  # type: ignore[no-untyped-call]
        with watch:
            run_main(  # type: ignore[no-untyped-call]
                flow, epoch_interval=timedelta(0), recovery_config=config
            )

    def count(self) -> Count:
        """Count the outbox."""
        second = {text: answer for answer, text in SECOND.items()}
        with sqlite3.connect(self.file) as rows:
            texts: list[Any] = [text for (text,) in rows.execute("SELECT text FROM outbox")]
        ends = Counter(second[text] for text in texts if text in second)
        return Count(len(texts), 2 * sum(ends.values()), dict(ends))


CONTESTANT = BytewaxFlow
