"""What tests of sources share: a source in the table, collectors at work, what was stored."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from keskio.kernel.sql import fetch
from keskio.listen.sources.actions import add_source
from keskio.listen.sources.collecting import Collectors, collect
from keskio.listen.sources.models import Source as Row
from keskio.listen.sources.queries import source_by_id

PATIENCE = 300.0


def source(kind: str, *, secrets: dict[str, str] | None = None, **settings: str) -> int:
    return add_source(kind=kind, name="Lähde", settings=settings, secrets=secrets)


def look_once(number: int, *, stop: threading.Event | None = None) -> int:
    """Bring everything that is there now, as the worker does; for sources that are read to an end."""
    found = source_by_id(number)
    assert found is not None
    return collect(found, None, stop or threading.Event())


@contextmanager
def collecting(*, first_pause: float = 0.02) -> Iterator[Collectors]:
    """Keep collectors at work in a thread, as in the worker."""
    stop = threading.Event()
    collectors = Collectors(owner="me", dice=lambda: 0.0, look=0.02, first_pause=first_pause)
    thread = threading.Thread(target=collectors.run, args=[stop])
    thread.start()
    try:
        yield collectors
    finally:
        stop.set()
        thread.join()
        for work in collectors._at_work.values():
            work.thread.join()


def stored(number: int) -> list[tuple[str, str]]:
    """Return (id there, text) of what was stored of a source, in the order of ids."""
    sql = "SELECT source_id, text FROM listen_mention WHERE source = %s ORDER BY source_id"
    return [(row[0], row[1]) for row in fetch(sql, (key_of(number),))]


def texts(number: int) -> list[str]:
    return [text for _, text in stored(number)]


def key_of(number: int) -> str:
    return str(Row.objects.values_list("key", flat=True).get(pk=number))


def row(number: int) -> Any:
    return Row.objects.get(pk=number)


def wait_for(condition: Callable[[], bool]) -> None:
    """Return once the condition holds; fails after a minute and a half."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.01)
