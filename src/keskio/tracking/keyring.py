"""Write keys in the door's memory: found without a query, never older than two seconds.

Keys are compared by digest. One thread of its own reads them, so that the event loop never waits for the
database; a request waits for a reading only when the memory is too old, or the key is not in it.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

E = TypeVar("E")

OLDEST = 1.5  # seconds after which the keys are read again
# An unknown key is looked for again at once, but a storm of them must not become one of queries.
OLDEST_FOR_UNKNOWN = 0.2
LONGEST_KEY = 500
MOST_KNOWN = 10_000


def digest_of(key: str) -> str:
    """Return the digest by which a write key is kept."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


class Keyring(Generic[E]):
    """The keys of this installation with what each means; `read` returns all of them by digest."""

    def __init__(self, read: Callable[[], Mapping[str, E]]) -> None:
        self._read = read
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="keys")
        self._by_digest: Mapping[str, E] = {}
        self._known: dict[str, E] = {}
        self._read_at = float("-inf")
        self._reading: asyncio.Task[None] | None = None

    async def find(self, key: str) -> E | None:
        """Return what is known of a write key, None for one that no source has."""
        age = time.monotonic() - self._read_at
        if age > OLDEST:
            await self._renew()
        entry = self._look_up(key)
        if entry is None and OLDEST >= age > OLDEST_FOR_UNKNOWN:
            await self._renew()
            entry = self._look_up(key)
        return entry

    def close(self) -> None:
        """Stop the reading thread."""
        self._thread.shutdown(wait=False)

    def _look_up(self, key: str) -> E | None:
        entry = self._known.get(key)
        if entry is None and len(key) <= LONGEST_KEY:
            entry = self._by_digest.get(digest_of(key))
            if entry is not None and len(self._known) < MOST_KNOWN:
                self._known[key] = entry
        return entry

    async def _renew(self) -> None:
        """Read the keys; those who ask meanwhile wait for the same reading."""
        if self._reading is None or self._reading.done():
            self._reading = asyncio.ensure_future(self._renew_once())
        await asyncio.shield(self._reading)

    async def _renew_once(self) -> None:
        began = time.monotonic()
        loop = asyncio.get_running_loop()
        self._by_digest = await loop.run_in_executor(self._thread, self._read)
        self._known = {}
        self._read_at = began
