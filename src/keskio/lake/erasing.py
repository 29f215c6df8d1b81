"""Erasure: rows of records and customers leave every file, and the old files leave the disk.

What is to be erased is written down first. A crash on the way is mended by whoever writes next.
"""

from __future__ import annotations

from collections.abc import Iterable

from keskio.lake.lake import Lake
from keskio.lake.purging import purge
from keskio.lake.shape import TABLES, columns_of


def erase(lake: Lake, records: Iterable[int]) -> None:
    """Take every row of these records, and of customers with these ids, out of every file, for good."""
    wanted = sorted(set(records))
    if not wanted:
        return
    with lake.store.reshaping():
        with lake.store.appending() as draft:
            draft.after.erasing = sorted({*draft.after.erasing, *wanted})
        _finish(lake)


def finish_erasing(lake: Lake) -> bool:
    """Finish what an erasure that was broken off has left; return whether there was one."""
    if not lake.store.read().erasing:
        return False
    with lake.store.reshaping():
        _finish(lake)
    return True


def _finish(lake: Lake) -> None:
    with lake.store.appending() as draft:
        erased = draft.before.erasing
        listed = ", ".join(str(int(record)) for record in erased)
        with lake.workshop() as connection:
            purge(lake.store, draft, connection, conditions(listed))
    lake.store.clear(at_once=True)
    with lake.store.appending() as draft:
        draft.after.erasing = [one for one in draft.after.erasing if one not in set(erased)]


def conditions(listed: str) -> dict[str, str]:
    """Return for each table of files which of its rows tell of the listed ids."""
    told = {}
    for table in TABLES:
        keys = [name for name in ("record", "customer") if name in columns_of(table)]
        told[table] = " OR ".join(f"{key} IN ({listed})" for key in keys)
    return told
