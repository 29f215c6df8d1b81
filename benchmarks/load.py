"""Sends at a fixed rate whatever happens (open loop), over a few kept-open HTTP connections."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

CONNECTIONS = 64
LEAD = 0.2  # seconds before the first


class HttpLoad:
    """Posts prepared bodies to one path of a server on this machine."""

    def __init__(self, port: int, path: str, authorization: str) -> None:
        self._port = port
        self._head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: {authorization}\r\n"
            "Content-Type: application/json\r\nContent-Length: "
        ).encode()
        self._free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = (
            asyncio.Queue()
        )
        self.refused = 0

    async def open(self) -> None:
        """Open the connections."""
        for _ in range(CONNECTIONS):
            self._free.put_nowait(await asyncio.open_connection("127.0.0.1", self._port))

    async def post(self, body: bytes) -> None:
        """Send one request and read its answer; anything but 200 is counted as refused."""
        reader, writer = await self._free.get()
        writer.write(self._head + str(len(body)).encode() + b"\r\n\r\n" + body)
        head = await reader.readuntil(b"\r\n\r\n")
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                await reader.readexactly(int(line.partition(b":")[2]))
        self.refused += not head.startswith(b"HTTP/1.1 200")
        self._free.put_nowait((reader, writer))


async def at_rate(
    load: HttpLoad, rate: float, count: int, body: Callable[[int], bytes]
) -> list[float]:
    """Post `count` bodies, one each 1/rate seconds; return when each was due.

    Nothing waits for an answer but a connection: a slow server does not slow the clock down, and
    what waits for a free connection is late, not forgiven.
    """
    await load.open()
    due = [time.time() + LEAD + i / rate for i in range(count)]
    under_way = set()
    for i, at in enumerate(due):
        ahead = at - time.time()
        if ahead > 0:
            await asyncio.sleep(ahead)
        task = asyncio.create_task(load.post(body(i)))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
    await asyncio.gather(*under_way)
    return due
