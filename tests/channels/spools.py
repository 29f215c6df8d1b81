"""A spool that keeps rows in memory, and can be full."""

from __future__ import annotations

import threading

from keskio.events.contracts import Overloaded, SpoolRow
from keskio.kernel.clock import Micros, now_micros


class MemorySpool:
    """Keeps rows in memory; `full` makes it refuse, `arrived` is set at each row."""

    def __init__(self) -> None:
        self.rows: list[SpoolRow] = []
        self.full = False
        self.arrived = threading.Condition()

    async def put(
        self, *, kind: str, source: int, meta: str, body: bytes, received_at: Micros = 0
    ) -> None:
        self.put_blocking(kind=kind, source=source, meta=meta, body=body, received_at=received_at)

    def put_blocking(
        self, *, kind: str, source: int, meta: str, body: bytes, received_at: Micros = 0
    ) -> None:
        if self.full:
            raise Overloaded(retry_after=1)
        with self.arrived:
            at = received_at or now_micros()
            self.rows.append(SpoolRow(len(self.rows) + 1, kind, source, at, meta, body))
            self.arrived.notify_all()

    def wait_for(self, count: int, *, seconds: float = 20) -> list[SpoolRow]:
        """Return the rows once there are `count`."""
        with self.arrived:
            enough = self.arrived.wait_for(lambda: len(self.rows) >= count, seconds)
            assert enough, f"{len(self.rows)} of {count} rows came"
            return list(self.rows)
