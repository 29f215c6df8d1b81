"""Sends calls with rudder-sdk-python: HOST KEY CALLS PAUSE [GATE].

After a third of the calls it waits until there is a file GATE.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from rudderstack.analytics.client import Client


def main(host: str, key: str, calls: str, pause: str, gate: str = "/") -> None:
    failures: list[str] = []
    client = Client(
        key,
        host=host,
        gzip=True,
        on_error=lambda error, _items: failures.append(str(error)),
        upload_size=20,
        upload_interval=0.1,
    )
    all_calls = json.loads(Path(calls).read_text())
    for number, call in enumerate(all_calls):
        while number >= len(all_calls) / 3 and not Path(gate).exists():
            time.sleep(0.02)
        told = dict(call)
        kind = told.pop("type")
        fields = {
            {
                "userId": "user_id",
                "anonymousId": "anonymous_id",
                "previousId": "previous_id",
                "groupId": "group_id",
            }.get(name, name): value
            for name, value in told.items()
        }
        getattr(client, kind)(**fields)  # type: ignore[arg-type]
        time.sleep(float(pause))
    client.shutdown()
    if failures:
        sys.exit("\n".join(failures))


if __name__ == "__main__":
    main(*sys.argv[1:])
