"""All kinds of sources, in the order in which pages offer them."""

from __future__ import annotations

from functools import cache

from keskio.kernel.errors import Mistake
from keskio.listen.sources.contracts import Kind
from keskio.listen.sources.kinds.bluesky import KIND as BLUESKY
from keskio.listen.sources.kinds.feed import KIND as FEED
from keskio.listen.sources.kinds.files import KIND as FILES
from keskio.listen.sources.kinds.mailbox import KIND as MAILBOX
from keskio.listen.sources.kinds.mastodon import KIND as MASTODON
from keskio.listen.sources.kinds.reddit import KIND as REDDIT
from keskio.listen.sources.kinds.webhook import KIND as WEBHOOK


@cache
def kinds() -> dict[str, Kind]:
    """Return all kinds by key."""
    listed: tuple[Kind, ...] = (MASTODON, BLUESKY, REDDIT, FEED, MAILBOX, FILES, WEBHOOK)
    return {kind.key: kind for kind in listed}


def kind_of(key: str) -> Kind:
    """Return the kind called `key`; raises Mistake when there is none."""
    try:
        return kinds()[key]
    except KeyError:
        raise Mistake(
            f"There is no kind of source {key!r}. There are: {', '.join(kinds())}."
        ) from None


def collected_kinds() -> list[str]:
    """Return the keys of the kinds that the worker collects from by itself."""
    return [key for key, kind in kinds().items() if kind.way in {"stream", "poll"}]
