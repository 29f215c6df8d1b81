"""A lake: its folder, what it may take of the machine, and who feeds it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from keskio.lake.contracts import Engine, Feed, IdsAfter
from keskio.lake.duck import USUAL, DuckEngine, Means, Shelf, workshop
from keskio.lake.manifest import Manifest
from keskio.lake.store import Store


@dataclass
class Feeds:
    """Who tells what views hold, and who there are."""

    of_view: dict[str, Feed] = field(default_factory=dict)
    everyone: IdsAfter | None = None


@dataclass(frozen=True)
class Lake:
    """The lake in a folder; opening it costs nothing."""

    store: Store
    means: Means = USUAL
    feeds: Feeds = field(default_factory=Feeds)

    @classmethod
    def at(cls, folder: Path, means: Means = USUAL, feeds: Feeds | None = None) -> Lake:
        """Return the lake in `folder`, which need not be there yet."""
        return cls(Store(folder), means, feeds or Feeds())

    @property
    def position(self) -> int:
        """The place in the log that the lake has reached."""
        return self.store.read().position

    def engine(self) -> Engine:
        """Open the present state with DuckDB."""
        return DuckEngine(self.store, self.means)

    @contextmanager
    def workshop(
        self, manifest: Manifest | None = None, *, views: str = ""
    ) -> Iterator[duckdb.DuckDBPyConnection]:
        """A DuckDB for writing, with the named `views` of a state when one is given."""
        with workshop(self.store, self.means) as connection:
            if manifest is not None:
                Shelf(connection, self.store.folder, manifest).lay_out(views)
            yield connection

    def feeds_of(self) -> Mapping[str, Feed]:
        """Return who feeds which view."""
        return self.feeds.of_view
