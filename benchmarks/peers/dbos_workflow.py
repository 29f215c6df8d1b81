"""DBOS on SQLite: a workflow a customer, an async step for each message, recv for the reply.

Everything in one process, with DBOS's own defaults. Its replies come in through its own bulk send,
which cannot be taken apart from the waking of workflows.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

from dbos import DBOS, SetWorkflowID

from benchmarks.flow import FIRST, SECOND, Count, answer_of, replies, shuffled
from benchmarks.stopwatch import Stopwatch

PATIENCE = 3_600  # seconds
PACE = 0.2


class DbosWorkflow:
    """A durable function a customer."""

    title = "DBOS on SQLite, async step + recv"

    def __init__(self, n: int, folder: Path) -> None:
        self.n = n
        self.file = folder / "outbox.sqlite3"
        self.outbox = sqlite3.connect(self.file, isolation_level=None, check_same_thread=False)
        self.outbox.executescript(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
            "CREATE TABLE outbox (id INTEGER PRIMARY KEY, customer INTEGER, text TEXT);"
        )
        self.system = folder / "dbos.sqlite3"
        DBOS(
            config={
                "name": "twin",
                "system_database_url": f"sqlite:///{self.system}",
                "console_log_level": "ERROR",
                "log_level": "ERROR",
                "enable_otlp": False,
            }
        )
        outbox = self.outbox

        @DBOS.step()
        async def claim(customer: int, text: str) -> None:
            outbox.execute("INSERT INTO outbox (customer, text) VALUES (?, ?)", (customer, text))

        @DBOS.workflow()
        async def converse(customer: int) -> str:
            await claim(customer, FIRST.format(name=f"Asiakas {customer}"))
            text: Any = await DBOS.recv_async("reply", timeout_seconds=PATIENCE)
            answer = answer_of(text or "")
            await claim(customer, SECOND[answer])
            return answer

        self.converse = converse

    def prepare(self) -> None:
        """Launch DBOS."""
        DBOS.launch()

    def run(self, watch: Stopwatch, arriving: Stopwatch) -> None:  # noqa: ARG002 - see above
        """Start everybody's workflow, send everybody's reply, wait for all to be done."""
        with watch:
            asyncio.run(self._run())
        DBOS.destroy()

    async def _run(self) -> None:
        handles = []
        for customer in shuffled(self.n, 1):
            with SetWorkflowID(f"customer-{customer}"):
                handles.append(await DBOS.start_workflow_async(self.converse, customer))
        # Everybody's first message must be out before anybody answers.
        while self.outbox.execute("SELECT count(*) FROM outbox").fetchone()[0] < self.n:  # noqa: ASYNC110 - another database's rows
            await asyncio.sleep(PACE)
        texts = replies(self.n)
        for customer in shuffled(self.n, 2):
            await DBOS.send_async(f"customer-{customer}", texts[customer - 1], "reply")
        for handle in handles:
            await handle.get_result()

    def count(self) -> Count:
        """Count the outbox and the workflows by their result."""
        (sends,) = self.outbox.execute("SELECT count(*) FROM outbox").fetchone()
        return Count(sends, 2 * sum(self._ends().values()), self._ends())

    def _ends(self) -> dict[str, int]:
        second = {text: answer for answer, text in SECOND.items()}
        texts = [text for (text,) in self.outbox.execute("SELECT text FROM outbox")]
        with sqlite3.connect(self.system) as system:
            (done,) = system.execute(
                "SELECT count(*) FROM workflow_status WHERE status = 'SUCCESS'"
            ).fetchone()
        if done != self.n:
            return {"done": done}
        return dict(Counter(second[text] for text in texts if text in second))


CONTESTANT = DbosWorkflow
