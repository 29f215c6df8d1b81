"""Telling Keskiö what the phones did: delivery reports and answers, over HTTP, until it takes them.

What one phone has to tell goes in order; different phones do not wait for each other. Whatever is
not taken (no connection, 429, 5xx) is tried again, later and later, also after a restart.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

import httpx

from keskio.channels.simulator.store import Errand, Message, Store
from keskio.kernel.clock import now_micros

log = logging.getLogger(__name__)

AT_ONCE = 16
BATCH = 400
LOOK_AGAIN = 0.25
LONGEST_PAUSE = 60.0
GIVEN_UP = 50
TIMEOUT = 10.0


class Errands:
    """Runs the errands of the store; `wake` says that there may be new ones."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._changed = asyncio.Event()
        self._slots = asyncio.Semaphore(AT_ONCE)

    def wake(self) -> None:
        """Look at the errands soon."""
        self._changed.set()

    async def run(self) -> None:
        """Run errands as they fall due, until cancelled."""
        limits = httpx.Limits(max_connections=AT_ONCE, keepalive_expiry=1)
        async with httpx.AsyncClient(timeout=TIMEOUT, limits=limits, trust_env=False) as client:
            while True:
                self._changed.clear()
                due = self._store.due_errands(_now(), BATCH)
                if due:
                    await self._run_all(client, due)
                    continue
                pause = (self._store.next_due() or _now() + LOOK_AGAIN) - _now()
                try:
                    await asyncio.wait_for(self._changed.wait(), max(0.01, min(pause, LOOK_AGAIN)))
                except TimeoutError:
                    continue

    async def _run_all(self, client: httpx.AsyncClient, due: Sequence[Errand]) -> None:
        by_phone: dict[str, list[Errand]] = {}
        for errand in due:
            by_phone.setdefault(errand.phone, []).append(errand)
        await asyncio.gather(*(self._run_in_order(client, one) for one in by_phone.values()))

    async def _run_in_order(self, client: httpx.AsyncClient, errands: Sequence[Errand]) -> None:
        async with self._slots:
            for errand in errands:
                if not await self._run(client, errand):
                    return

    async def _run(self, client: httpx.AsyncClient, errand: Errand) -> bool:
        message = self._message_of(errand)
        if errand.kind != "answer":
            self._store.set_state(message.id, errand.kind)
        if not errand.url:
            self._store.finish_errand(errand.id)
            return True
        taken = await _told(client, errand.url, self._words(errand, message))
        if taken or errand.attempts >= GIVEN_UP:
            self._store.begin()
            self._store.finish_errand(errand.id)
            if errand.kind == "answer":
                self._store.set_state(message.id, "sent" if taken else "failed")
            self._store.commit()
            return True
        pause = min(2.0 ** min(errand.attempts, 10) / 2, LONGEST_PAUSE)
        self._store.begin()
        self._store.postpone_errand(errand, _now() + pause)
        self._store.commit()
        return False

    def _message_of(self, errand: Errand) -> Message:
        number = errand.message
        if not number:
            _, ours = self._store.last_callback(errand.phone)
            self._store.begin()
            number = self._store.add_message(
                errand.phone, "from", other=ours, text=errand.text, at=_now(), state="on its way"
            )
            self._store.name_answer(errand.id, number)
            self._store.commit()
        found = self._store.message(number)
        assert found is not None, "a message is never removed"
        return found

    def _words(self, errand: Errand, message: Message) -> dict[str, str | int]:
        number = f"{self._store.name:x}-{message.id}"
        if errand.kind == "answer":
            return {
                "from": message.phone,
                "to": message.other,
                "text": message.text,
                "id": number,
                "at": int(message.at),
            }
        words: dict[str, str | int] = {
            "id": number,
            "status": errand.kind,
            "to": message.phone,
            "reference": message.reference,
            "at": int(_now()),
        }
        return words if errand.kind == "delivered" else {**words, "detail": "no such phone"}


async def _told(client: httpx.AsyncClient, url: str, words: dict[str, str | int]) -> bool:
    try:
        response = await client.post(url, json=words)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        log.info("simulator: %s cannot be told: %s", url, error)
        return False
    if response.is_success:
        return True
    if response.status_code in {404, 403, 400}:
        log.warning("simulator: %s says %d", url, response.status_code)
    return False


def _now() -> float:
    return now_micros() / 1e6
