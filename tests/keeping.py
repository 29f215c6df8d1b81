"""Worlds that take long to make, made once for all tests of a file that roll back what they do to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from django.db import connections
from pytest_django.plugin import DjangoDbBlocker

from tests.emptying import empty

World = TypeVar("World")


def keeping(blocker: DjangoDbBlocker, make: Callable[[], World]) -> Iterator[World]:
    """Make a world, commit it, and empty all tables at the end: what a fixture of a module yields from.

    Its tests may ask for `db`, which rolls back; one that commits would empty the tables under the others.
    """
    with blocker.unblock():
        try:
            yield from _made(blocker, make)
        finally:
            for alias in connections:
                empty(connections[alias])


def _made(blocker: DjangoDbBlocker, make: Callable[[], World]) -> Iterator[World]:
    world = make()
    with blocker.block():
        yield world
