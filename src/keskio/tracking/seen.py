"""What has been taken already: 128 bits of each message, for a week and more.

Clients repeat what they are unsure of, for hours and days. A message is known by (kind, source,
message id); a digest of that is kept, so that a row costs some thirty bytes however long the id.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeAlias

import msgspec

from keskio.kernel.clock import Micros
from keskio.kernel.sql import fetch, is_postgres, run, run_many

Digest: TypeAlias = tuple[int, int]

DAYS_KEPT = 8
DAY = 24 * 60 * 60 * 1_000_000
SLICES = 1024
LOWEST = -(2**63)
WIDTH = 2**64 // SLICES

# On SQLite two plain statements cost less than half of one that takes pairs out of JSON. Nobody else
# writes between them: the transaction has the database for itself.
KNOWN = """
    SELECT seen.high, seen.low
    FROM json_each(%s) AS told JOIN tracking_seen AS seen ON seen.high = told.value
"""
REMEMBER = "INSERT INTO tracking_seen (high, low, seen_on) VALUES (%s, %s, %s)"
REMEMBER_POSTGRES = """
    INSERT INTO tracking_seen (high, low, seen_on)
    SELECT high, low, %s FROM unnest(%s::bigint[], %s::bigint[]) AS told (high, low)
    ON CONFLICT DO NOTHING RETURNING high, low
"""
FORGET = "DELETE FROM tracking_seen WHERE high >= %s AND high <= %s AND seen_on < %s"

_two_halves = struct.Struct("<qq").unpack
_encode = msgspec.json.Encoder().encode


def digest_of(*words: str | int) -> Digest:
    """Return 128 bits of `words`; no two lists of words are likely ever to share them."""
    return digest_of_text("\x1f".join(map(str, words)))


def digest_of_text(text: str) -> Digest:
    """Return 128 bits of `text`."""
    return _two_halves(blake2b(text.encode(), digest_size=16).digest())


def remember(digests: Sequence[Digest], *, now: Micros) -> set[Digest]:
    """Remember `digests` and return those that were not known before.

    Inside the transaction that takes what they stand for: both happen or neither.
    """
    if not digests:
        return set()
    today = now // DAY
    ordered = sorted(set(digests))  # neighbours in the tree are written together
    highs = [digest[0] for digest in ordered]
    if is_postgres():
        return set(fetch(REMEMBER_POSTGRES, (today, highs, [d[1] for d in ordered])))
    known = set(fetch(KNOWN, (_encode(highs).decode(),)))
    new = [digest for digest in ordered if digest not in known]
    run_many(REMEMBER, [(high, low, today) for high, low in new])
    return set(new)


class Forgetting:
    """Forgets what came more than a week ago: once a day through the table, a slice a turn.

    The table has no index by day, which would cost each event more than this does.
    """

    def __init__(self) -> None:
        self._slice = 0
        self._done_on = -1

    def __call__(self, now: Micros) -> bool:
        """Forget one slice; True until the day's round is done."""
        today = now // DAY
        if self._done_on == today:
            return False
        low = LOWEST + self._slice * WIDTH
        run(FORGET, (low, low + WIDTH - 1, today - DAYS_KEPT))
        self._slice = (self._slice + 1) % SLICES
        if self._slice == 0:
            self._done_on = today
        return self._done_on != today
