"""The lake of this installation: in its data folder, fed by the rooms above."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path

from django.conf import settings

from keskio.events.api import events_after, last_position
from keskio.kernel.errors import Broken
from keskio.lake.contracts import Feed, IdsAfter
from keskio.lake.duck import Means
from keskio.lake.following import follow
from keskio.lake.lake import Feeds, Lake
from keskio.lake.shape import VIEWS

_feeds = Feeds()


@cache
def _hear_feeds() -> None:
    """Let those whom the settings name register their feeds, once."""
    for name in settings.LAKE_FEEDS:
        import_module(name).register()


def own_lake() -> Lake:
    """Return this installation's lake."""
    _hear_feeds()
    means = Means(memory=settings.LAKE_MEMORY, threads=settings.LAKE_THREADS)
    return Lake.at(Path(settings.DATA_DIR) / "lake", means, _feeds)


def follow_log(lake: Lake) -> int:
    """Take everything that is in the log now into the lake; return the place reached."""
    return follow(lake, events_after, last=last_position)


def register_feed(feed: Feed) -> None:
    """From now on `feed` says what its view holds."""
    if feed.view not in VIEWS:
        raise Broken(f"The lake has no view {feed.view} to feed; it has {', '.join(VIEWS)}.")
    _feeds.of_view[feed.view] = feed


def register_everyone(ids_after: IdsAfter) -> None:
    """From now on `ids_after` says who there are."""
    _feeds.everyone = ids_after
