from __future__ import annotations

import asyncio
import threading

from keskio.tracking import keyring
from keskio.tracking.contracts import KeyEntry
from keskio.tracking.keyring import Keyring, digest_of
from tests.tracking.doors import BROWSER, ENTRIES, SERVER


class Table:
    def __init__(self) -> None:
        self.entries = {digest_of(SERVER): ENTRIES[SERVER]}
        self.readings = 0
        self.threads: set[str] = set()

    def read(self) -> dict[str, KeyEntry]:
        self.readings += 1
        self.threads.add(threading.current_thread().name)
        return dict(self.entries)


def test_a_known_key_is_read_once_by_a_thread_of_its_own() -> None:
    table = Table()
    ring = Keyring(table.read)

    async def play() -> list[KeyEntry | None]:
        return await asyncio.gather(*(ring.find(SERVER) for _ in range(20)))

    assert asyncio.run(play()) == [ENTRIES[SERVER]] * 20
    assert table.readings == 1
    assert all(name.startswith("keys") for name in table.threads)
    ring.close()


def test_a_new_key_is_found_at_once_and_a_change_within_two_seconds() -> None:
    assert keyring.OLDEST <= 2
    table = Table()
    ring = Keyring(table.read)

    async def play() -> None:
        assert await ring.find(BROWSER) is None
        table.entries[digest_of(BROWSER)] = ENTRIES[BROWSER]
        ring._read_at -= keyring.OLDEST_FOR_UNKNOWN
        assert await ring.find(BROWSER) == ENTRIES[BROWSER]
        table.entries.clear()
        assert await ring.find(SERVER) == ENTRIES[SERVER]
        ring._read_at -= keyring.OLDEST
        assert await ring.find(SERVER) is None

    asyncio.run(play())
    ring.close()


def test_a_storm_of_unknown_keys_is_no_storm_of_queries() -> None:
    table = Table()
    ring = Keyring(table.read)

    async def play() -> None:
        for number in range(200):
            assert await ring.find(f"wk_{number}") is None

    asyncio.run(play())
    assert table.readings <= 3
    ring.close()
