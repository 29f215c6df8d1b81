"""Keyed digests of identifiers of the forgotten, and the list that outlives any backup.

A digest tells whether a given identifier was one of a forgotten person's, and nothing else: without
the installation's secret it cannot even be guessed at.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Collection, Iterator
from pathlib import Path

import msgspec
from django.conf import settings

from keskio.kernel.sql import any_of, fetch, listed
from keskio.know.identifiers import Pair

FILE = "erased.jsonl"
TOLD = frozenset({"customer", "anonymous_id", "cookie", "claimed", "sender"})
"""Types that name no person for ever: they are not kept as digests."""


class Replay(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the list: who was forgotten when, by numbers and digests."""

    at: str
    records: tuple[int, ...]
    digests: tuple[str, ...]
    reason: str = ""
    blocked: bool = False


def digest_of(pair: Pair) -> str:
    """Return the keyed digest of an identifier (128 bits of HMAC-SHA256)."""
    key = hashlib.sha256(b"keskio.know.privacy.forgotten" + settings.SECRET_KEY.encode()).digest()
    return hmac.digest(key, f"{pair[0]}\0{pair[1]}".encode(), "sha256")[:16].hex()


def digests_of(pairs: Collection[Pair]) -> list[str]:
    """Return the digests of those identifiers that name a person for ever, in order."""
    return sorted({digest_of(pair) for pair in pairs if pair[0] not in TOLD})


def blocked_among(pairs: Collection[Pair]) -> set[Pair]:
    """Return those of `pairs` that belonged to somebody who is to stay forgotten."""
    return _among(pairs, " AND is_blocked")


def forgotten_among(pairs: Collection[Pair]) -> set[Pair]:
    """Return those of `pairs` that belonged to somebody who was forgotten, blocked or not."""
    return _among(pairs, "")


def _among(pairs: Collection[Pair], more: str) -> set[Pair]:
    if not pairs or not fetch("SELECT 1 FROM privacy_forgotten LIMIT 1"):
        return set()
    by_digest = {digest_of(pair): pair for pair in pairs}
    sql = f"SELECT digest FROM privacy_forgotten WHERE {any_of('digest', kind='text')}{more}"  # noqa: S608 - constants
    return {by_digest[digest] for (digest,) in fetch(sql, (listed(by_digest),))}


def list_file() -> Path:
    """Return where the list is: in the data folder, beside the databases, to be kept apart from backups."""
    return Path(settings.DATA_DIR) / FILE


def add_to_list(line: Replay) -> None:
    """Add a line to the list, durably."""
    with list_file().open("ab") as file:
        file.write(msgspec.json.encode(line) + b"\n")
        file.flush()
        os.fsync(file.fileno())


def listed_lines() -> Iterator[Replay]:
    """Yield the lines of the list, oldest first; one that was torn by a crash is passed over."""
    if not list_file().exists():
        return
    decode = msgspec.json.Decoder(Replay).decode
    for text in list_file().read_bytes().splitlines():
        try:
            yield decode(text)
        except msgspec.MsgspecError:
            continue
