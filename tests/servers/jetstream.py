"""A small Jetstream on this machine: a web socket that replays posts from a cursor on, then goes on live.

The format is that of Jetstream's commits; every word in it is ours. It can cut every connection.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve


class Jetstream:
    """One server with all it has ever sent; `url` is set while it runs."""

    def __init__(self) -> None:
        self.url = ""
        self.events: list[tuple[int, str]] = []
        self.changed = threading.Condition()
        self.cursors: list[int] = []
        self.lines: list[ServerConnection] = []
        self.cut_after: int | None = None
        self.closing = False
        self._count = 0

    def write(self, text: str, *, langs: list[str] | None = None, **more: Any) -> str:
        """Write a post and return its `did/rkey`."""
        with self.changed:
            self._count += 1
            did, rkey = more.pop("did", "did:plc:aino"), more.pop("rkey", f"3k{self._count:06d}")
            record = {
                "$type": "app.bsky.feed.post",
                "text": text,
                "createdAt": more.pop("created", "2026-03-02T07:00:00.000Z"),
                "langs": ["fi"] if langs is None else langs,
                **more,
            }
            commit = {"operation": "create", "rkey": rkey, "record": record, "cid": f"bafy{rkey}"}
            self._tell(did, commit)
        return f"{did}/{rkey}"

    def delete(self, number: str) -> None:
        """Delete a post."""
        did, _, rkey = number.partition("/")
        with self.changed:
            self._tell(did, {"operation": "delete", "rkey": rkey})

    def say(self, raw: str) -> None:
        """Send something else."""
        with self.changed:
            self.events.append((self._next(), raw))
            self.changed.notify_all()

    def _next(self) -> int:
        return max(time.time_ns() // 1000, self.events[-1][0] + 1 if self.events else 0)

    def _tell(self, did: str, commit: dict[str, Any]) -> None:
        at = self._next()
        event = {
            "did": did,
            "time_us": at,
            "kind": "commit",
            "commit": {"rev": "r", "collection": "app.bsky.feed.post", **commit},
        }
        self.events.append((at, json.dumps(event)))
        self.changed.notify_all()

    def cut(self) -> None:
        """Cut every connection as a broken cable would."""
        with self.changed:
            lines, self.lines = self.lines, []
        for line in lines:
            line.socket.shutdown(2)

    def wait_for_lines(self, count: int) -> None:
        """Return once so many have called in all."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.cursors) >= count, 120)


@contextmanager
def jetstream() -> Iterator[Jetstream]:
    """Run the server until the end."""
    there = Jetstream()

    def talk(line: ServerConnection) -> None:
        assert line.request is not None
        asked = parse_qs(urlsplit(line.request.path).query)
        assert asked["wantedCollections"] == ["app.bsky.feed.post"]
        cursor = int(asked.get("cursor", ["0"])[0])
        with there.changed:
            place = len(there.events)
            if cursor:
                place = sum(1 for at, _ in there.events if at < cursor)
            there.cursors.append(cursor)
            there.lines.append(line)
            cut_after, there.cut_after = there.cut_after, None
            there.changed.notify_all()
        sent = 0
        while True:
            with there.changed:
                if len(there.events) == place and not there.closing:
                    there.changed.wait(1)
                if there.closing:
                    return
                fresh, place = there.events[place:], len(there.events)
            try:
                for _, raw in fresh:
                    if cut_after is not None and sent >= cut_after:
                        line.socket.shutdown(2)
                        return
                    line.send(raw)
                    sent += 1
                if not fresh:
                    line.ping()
            except (ConnectionClosed, OSError):
                return

    quiet = logging.getLogger("tests.jetstream")
    quiet.disabled = True
    with serve(talk, "127.0.0.1", 0, logger=quiet, compression=None) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        there.url = f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
        yield there
        with there.changed:
            there.closing = True
            there.changed.notify_all()
        server.shutdown()
        thread.join(5)
