"""Building the lake anew from the log, beside the one there is, which answers until the new one is ready."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from keskio.lake.compacting import compact
from keskio.lake.following import EventsAfter, follow
from keskio.lake.lake import Lake
from keskio.lake.manifest import Manifest
from keskio.lake.store import REBUILDING, Draft
from keskio.lake.tallying import register_measure


def rebuild(lake: Lake, events_after: EventsAfter, *, last: Callable[[], int]) -> int:
    """Build everything again from the log and from the feeds; return the place reached."""
    folder = lake.store.folder / REBUILDING
    with lake.store.reshaping():
        shutil.rmtree(folder, ignore_errors=True)
        twin = Lake.at(folder, lake.means, lake.feeds)
        for measure in lake.store.read().measures.values():
            register_measure(twin, measure)
        follow(twin, events_after, last=last)
        compact(twin)
        with lake.store.appending() as draft:
            follow(twin, events_after, last=last)
            _take_over(draft, twin, folder)
        lake.store.clear()
        shutil.rmtree(folder, ignore_errors=True)
    return lake.position


def _take_over(draft: Draft, twin: Lake, folder: Path) -> None:
    """Let the draft be the twin: its files move into the lake's folder, their names are unique."""
    built: Manifest = twin.store.read()
    for path in built.paths():
        place = folder.parent / path
        place.parent.mkdir(parents=True, exist_ok=True)
        (folder / path).rename(place)
    after = draft.after
    after.tables, after.measures, after.fed = built.tables, built.measures, built.fed
    after.position, after.sorted_position = built.position, built.sorted_position
    after.buckets, after.compacted_at = built.buckets, built.compacted_at
