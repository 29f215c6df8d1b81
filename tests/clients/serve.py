"""The whole web side and the intake in one process, with faults put before it or behind it.

    python -m tests.clients.serve --port 8001 --faults '[["before", 429], ["after", 500]]'

The first requests that carry events are answered with these codes: `before` the door has seen the
request, or `after` it has stored it, which is what a client sees when an answer is lost.
"""

from __future__ import annotations

import argparse
import json
import os
import threading
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import django
import uvicorn


class Faults:
    """An ASGI app that answers the first requests with errors."""

    def __init__(self, app: Any, faults: list[tuple[str, int]]) -> None:
        self.app = app
        self.faults = list(faults)

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        carries_events = scope["type"] == "http" and scope["method"] == "POST"
        if not (carries_events and self.faults):
            await self.app(scope, receive, send)
            return
        when, status = self.faults.pop(0)
        if when == "after":
            await self.app(scope, receive, _swallow)
        else:
            while (await receive()).get("more_body"):
                pass
        headers = [
            (b"content-type", b"application/json"),
            (b"access-control-allow-origin", b"*"),
            (b"access-control-expose-headers", b"Retry-After"),
        ]
        if status == 429:
            headers.append((b"retry-after", b"1"))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b'{"code":"x","message":"x"}'})


async def _swallow(_message: object) -> None:
    return


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--faults", type=json.loads, default=[])
    parser.add_argument("--scripts", type=Path)
    asked = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keskio.config.settings")
    django.setup()
    from keskio.config import wiring
    from keskio.config.asgi import OuterRouter
    from keskio.jobs.api import run_worker
    from keskio.tracking.api import PREFIXES, make_door

    stop = threading.Event()
    spool = wiring.open_installation_spool()
    door = make_door(spool, scripts=asked.scripts)
    router = OuterRouter(dict.fromkeys(PREFIXES, door), door, on_stop=spool.stop)
    worker = threading.Thread(target=run_worker, args=([wiring.make_intake()], [], stop))
    worker.start()
    config = uvicorn.Config(
        Faults(router, asked.faults), host="127.0.0.1", port=asked.port, log_level="warning"
    )
    uvicorn.Server(config).run()
    stop.set()
    worker.join()


if __name__ == "__main__":
    main()
