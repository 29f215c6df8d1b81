"""Whose identifiers are, remembered between batches, so that a known visitor costs no query.

Only user ids and anonymous ids are remembered, and only once they are committed. They change hands in
merges alone; a merge changes the ledger's mark, one row that each batch reads first. A process that finds
another mark than it remembers forgets everything; its own merges it follows.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterable, Mapping
from functools import partial

from django.db import transaction

from keskio.kernel.sql import fetch, run
from keskio.know.identifiers import PLAIN, Pair

_GENERATION = 100_000
_SET_MARK = """
    INSERT INTO know_ledgermark (id, mark) VALUES (1, %s)
    ON CONFLICT (id) DO UPDATE SET mark = excluded.mark
"""


class Memory:
    """Two generations of identifiers: those asked for stay young, the elder are dropped in time."""

    def __init__(self) -> None:
        self.mark = 0
        self._young: dict[Pair, int] = {}
        self._old: dict[Pair, int] = {}
        self._now_is: dict[int, int] = {}
        self._lock = threading.Lock()

    def recall(self, pairs: Iterable[Pair], mark: int) -> dict[Pair, int]:
        """Return whose `pairs` are, as far as remembered under `mark`."""
        with self._lock:
            if mark != self.mark:
                self._forget(mark)
            young, old, now_is = self._young, self._old, self._now_is
            found = {}
            for pair in pairs:
                customer = young.get(pair)
                if customer is None:
                    customer = old.get(pair)
                    if customer is None:
                        continue
                    young[pair] = customer
                found[pair] = now_is.get(customer, customer) if now_is else customer
        return found

    def learn(
        self, owners: Mapping[Pair, int], merged: Mapping[int, int], before: int, after: int
    ) -> None:
        """Take in what a committed batch knew, unless another has changed the ledger meanwhile."""
        with self._lock:
            if self.mark != before:
                return
            self.mark = after
            for gone, into in self._now_is.items():
                self._now_is[gone] = merged.get(into, into)
            self._now_is.update(merged)
            self._young.update(owners)
            if len(self._young) > _GENERATION:
                self._old, self._young = self._young, {}

    def _forget(self, mark: int) -> None:
        self.mark = mark
        self._young, self._old, self._now_is = {}, {}, {}


_memory = Memory()


def recall(pairs: Iterable[Pair], mark: int) -> dict[Pair, int]:
    """Return whose `pairs` are, as far as this process remembers under the ledger's `mark`."""
    return _memory.recall((pair for pair in pairs if pair[0] in PLAIN), mark)


def learn_on_commit(
    owners: Mapping[Pair, int], merged: Mapping[int, int], before: int, after: int
) -> None:
    """Remember `owners` and `merged` once the transaction is committed."""
    plain = {pair: customer for pair, customer in owners.items() if pair[0] in PLAIN}
    if plain or merged:
        transaction.on_commit(partial(_memory.learn, plain, dict(merged), before, after))


def read_mark() -> int:
    """Return the ledger's mark, making one when there is none."""
    rows = fetch("SELECT mark FROM know_ledgermark WHERE id = 1")
    return int(rows[0][0]) if rows else change_mark()


def change_mark() -> int:
    """Give the ledger a new mark, so that no process trusts what it remembers; return it."""
    mark = 1 + secrets.randbits(62)
    run(_SET_MARK, (mark,))
    return mark
