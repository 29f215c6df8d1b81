"""Frozen types of the lake that cross rooms."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from keskio.kernel.errors import Mistake, Trouble

RowsOf: TypeAlias = Callable[[Sequence[int]], Iterable[tuple[Any, ...]]]
IdsAfter: TypeAlias = Callable[[int, int], Sequence[int]]


class WrongQuery(Mistake):
    """The query cannot be run."""

    code = "wrong_query"


class LakeTrouble(Trouble):
    """The lake cannot be read or written."""

    code = "lake_trouble"


@dataclass(frozen=True)
class Feed:
    """What a view of the lake holds about customers, told by a room above it.

    `view` is one of the views in docs/lake.md. `rows_of` returns all rows of the view that belong
    to the given customers (for `redirects`: to the given records, and to those that are now one of
    them), in the view's order of columns. Instants are microseconds or aware datetimes.
    """

    view: str
    rows_of: RowsOf


@dataclass(frozen=True)
class Measure:
    """A measure of the state table: events of one name that meet `where`, summing `property`.

    `where` is a condition in SQL over the columns of `events`, empty for all. `property` is summed
    where it is a JSON number; empty: `coalesce(value, revenue, total)`.
    """

    key: str
    event: str
    where: str = ""
    property: str = ""


class Engine(Protocol):
    """One state of the lake, open for queries in DuckDB's dialect. Not for several threads."""

    @property
    def name(self) -> str:
        """`duckdb` or `spark`."""

    @property
    def position(self) -> int:
        """The place in the log that this state has reached."""

    def query(self, sql: str, params: Mapping[str, Any] | None = None) -> pa.Table:
        """Return what `sql` answers; `$name` in it stands for a parameter.

        Raises WrongQuery when the engine does not understand it.
        """

    def stream(
        self, sql: str, params: Mapping[str, Any] | None = None, *, rows: int = 100_000
    ) -> Iterator[pa.RecordBatch]:
        """Yield what `sql` answers as it comes, up to so many rows at a time, in little memory.

        Nothing else may be asked of the engine meanwhile.
        """

    def ids(self, sql: str, params: Mapping[str, Any] | None = None) -> NDArray[np.int64]:
        """Return the first column of what `sql` answers, as whole numbers."""

    def named(self, name: str, **params: Any) -> pa.Table:
        """Return what the named query of `lake/queries` answers."""

    def close(self) -> None:
        """Let go of the state; files that only it needed may go."""

    def __enter__(self) -> Self:
        """Return the engine itself."""

    def __exit__(self, *_: object) -> None:
        """Close it."""
