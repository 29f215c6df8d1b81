"""Frozen types of the sources: what is configured, what a kind of source can do, what it brings.

A *kind* is the code that speaks with one sort of place (Mastodon, a feed, a mailbox). A *source* is one
configured use of it. What a source brings comes in *hauls*: posts, what has gone, and the cursor behind
them. Nothing here touches Django, the network or the clock.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal, Protocol, TypeAlias

import msgspec

from keskio.channels.contracts import Secrets, Setting
from keskio.kernel.clock import Micros
from keskio.listen.contracts import Gone, Post

# How messages come: a connection that stays open, a look now and then, a file by hand, a call to us.
Way: TypeAlias = Literal["stream", "poll", "file", "door"]
Words: TypeAlias = Any


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """One configured source. `cursor` is what its kind wrote there; `revision` grows with each change."""

    id: int
    key: str
    kind: str
    name: str
    settings: Mapping[str, str]
    secrets: Secrets = Secrets()
    cursor: Mapping[str, Any] = {}
    revision: int = 1

    def setting(self, name: str, default: str = "") -> str:
        """Return a setting or a secret by name; an empty one gives `default`."""
        return self.settings.get(name) or self.secrets.get(name) or default

    def lines(self, name: str) -> list[str]:
        """Return the filled lines of a setting of several lines, without spaces around them."""
        return [line.strip() for line in self.setting(name).splitlines() if line.strip()]

    def number(self, name: str, default: int) -> int:
        """Return a setting that is a whole number; anything else gives `default`."""
        told = self.setting(name)
        return int(told) if told.isdecimal() else default


class Haul(msgspec.Struct, frozen=True, kw_only=True):
    """What was brought at once. Saved in one transaction with `cursor`, which stands behind all of it.

    An empty haul is a sign of life. `left_out` counts what was read and not wanted (no word of ours in
    it, another language). `faults` are single messages that could not be read, in sentences: the others
    go on.
    """

    posts: Sequence[Post] = ()
    gone: Sequence[Gone] = ()
    cursor: Mapping[str, Any]
    left_out: int = 0
    faults: Sequence[str] = ()


class Errand(msgspec.Struct, frozen=True, kw_only=True):
    """What a kind gets to collect with.

    `stop` ends the errand: a stream looks at it at least once a second. `now` tells the time. `recent`
    returns the ids of the messages of this source that were stored since an instant, newest first.
    """

    source: Source
    stop: threading.Event
    now: Callable[[], Micros]
    recent: Callable[[Micros], Sequence[str]] = lambda _: ()


class Kind(Protocol):
    """Speaks with one sort of place."""

    key: str
    way: Way
    title: Words
    sentence: Words
    icon: str
    channel: str
    settings: Sequence[Setting]
    # Seconds between looks of a poll; 0 for what is not looked at.
    every: int

    def check(self, source: Source) -> None:
        """Raise Mistake when the settings cannot work; touches nothing outside."""

    def collect(self, errand: Errand) -> Iterator[Haul]:
        """Bring what is new, haul by haul, from the source's cursor on.

        A haul is asked for only when the one before it is saved. A poll ends when nothing is left; a
        stream goes on until `errand.stop` is set, with a haul at least every other second, empty ones
        too. Raises Trouble with a plain sentence, and `retry_after` where the other side has said it.
        """

    def test(self, source: Source) -> str:
        """Look once, store nothing, and say in a sentence what was seen. Raises Trouble or Mistake."""
