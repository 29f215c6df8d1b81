"""Identifiers of people who asked to be forgotten and are to stay so: imports pass such rows over.

Which these are is the privacy wing's to say, by keyed digests; until it has, there are none.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from keskio.know.identifiers import Pair

_read: list[Callable[[Collection[Pair]], set[Pair]]] = []


def set_blocked(read: Callable[[Collection[Pair]], set[Pair]]) -> None:
    """Let `read` say which of some identifiers belonged to somebody who is to stay forgotten."""
    _read[:] = [read]


def blocked_among(pairs: Collection[Pair]) -> set[Pair]:
    """Return those of `pairs` that belonged to somebody who is to stay forgotten."""
    return _read[0](pairs) if _read and pairs else set()
