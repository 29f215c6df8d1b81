"""Whose record identifiers are, remembered between batches, so that a known visitor costs no query.

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
    INSERT INTO know_ledgermark (id, mark, rules) VALUES (1, %s, 0)
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

    def recall(self, pairs: Iterable[Pair], mark: int) -> tuple[dict[Pair, int], dict[int, int]]:
        """Return whose records `pairs` are as far as remembered under `mark`, and who those are now."""
        with self._lock:
            if mark != self.mark:
                self._forget(mark)
            young, old, now_is = self._young, self._old, self._now_is
            found = {}
            redirects = {}
            for pair in pairs:
                record = young.get(pair)
                if record is None:
                    record = old.get(pair)
                    if record is None:
                        continue
                    young[pair] = record
                found[pair] = record
                if now_is and record in now_is:
                    redirects[record] = now_is[record]
        return found, redirects

    def learn(
        self, owners: Mapping[Pair, int], merged: Mapping[int, int], before: int, after: int
    ) -> None:
        """Take in what a committed batch knew, unless another has changed the ledger meanwhile."""
        with self._lock:
            if self.mark != before:
                return
            self.mark = after
            if before != after:
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


def recall(pairs: Iterable[Pair], mark: int) -> tuple[dict[Pair, int], dict[int, int]]:
    """Return whose records `pairs` are, as far as this process remembers under the ledger's `mark`.

    The second: who those of the records are now that were merged away.
    """
    return _memory.recall((pair for pair in pairs if pair[0] in PLAIN), mark)


def learn_on_commit(
    owners: Mapping[Pair, int], merged: Mapping[int, int], before: int, after: int
) -> None:
    """Remember `owners` and the redirects `merged` once the transaction is committed."""
    plain = {pair: record for pair, record in owners.items() if pair[0] in PLAIN}
    if plain or merged:
        transaction.on_commit(partial(_memory.learn, plain, dict(merged), before, after))


def read_marks() -> tuple[int, int]:
    """Return the ledger's mark, making one when there is none, and the version of its rules."""
    rows = fetch("SELECT mark, rules FROM know_ledgermark WHERE id = 1")
    return rows[0] if rows else (change_mark(), 0)


def change_mark() -> int:
    """Give the ledger a new mark, so that no process trusts what it remembers; return it."""
    mark = 1 + secrets.randbits(62)
    run(_SET_MARK, (mark,))
    return mark


def change_rules() -> int:
    """Give the rules a new version, which every process reads at its next batch; return it.

    What was remembered under other rules is forgotten too.
    """
    change_mark()
    version = 1 + secrets.randbits(62)
    run("UPDATE know_ledgermark SET rules = %s WHERE id = 1", (version,))
    return version
