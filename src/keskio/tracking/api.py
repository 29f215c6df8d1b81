"""The door of the room: what the wiring and the command line need of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from django.conf import settings
from django.db import connections

from keskio.events.contracts import Parser
from keskio.jobs.contracts import Prune
from keskio.tracking.actions import (
    add_key,
    add_source,
    dismiss,
    prune_quarantine,
    prune_spool_rows,
    replay,
    retire_key,
)
from keskio.tracking.contracts import KIND, KeyEntry
from keskio.tracking.door import PREFIXES, Door, Spools
from keskio.tracking.intake import Intake
from keskio.tracking.keyring import Keyring
from keskio.tracking.queries import keys_by_digest, source_by_key_or_name, source_keys, source_names
from keskio.tracking.scripts import Scripts
from keskio.tracking.seen import Forgetting
from keskio.tracking.segment import parse

__all__ = [
    "PREFIXES",
    "Door",
    "Intake",
    "add_key",
    "add_source",
    "dismiss",
    "make_door",
    "parsers",
    "prunes",
    "replay",
    "retire_key",
    "source_by_key_or_name",
    "source_keys",
    "source_names",
]


def make_door(spool: Spools, *, scripts: Path | None = None) -> Door:
    """Return the ASGI application that goes before all paths of `PREFIXES`.

    `scripts`: where analytics.js lies; default where the pages' build puts it.
    """
    return Door(
        spool,
        Keyring(_read_keys),
        scripts=Scripts([scripts or settings.BUILT_DIR / "analytics"]),
        proxies=settings.PROXIES,
    )


def _read_keys() -> Mapping[str, KeyEntry]:
    """Read the keys in the keyring's own thread, which keeps no connection between readings."""
    try:
        return keys_by_digest()
    finally:
        connections.close_all()


def parsers() -> Mapping[str, Parser]:
    """Return the parsers of this room's rows in the spool, by kind."""
    return {KIND: parse}


def prunes() -> Mapping[str, Prune]:
    """Return what takes away what this room keeps only for a time."""
    return {
        "spool": prune_spool_rows,
        "quarantine": prune_quarantine,
        "seen": Forgetting(),
    }
