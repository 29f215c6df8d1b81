"""Choosing an engine by its name."""

from __future__ import annotations

from keskio.kernel.errors import Mistake
from keskio.lake.contracts import Engine
from keskio.lake.lake import Lake


def open_engine(lake: Lake, name: str = "duckdb", *, master: str = "local[2]") -> Engine:
    """Open the present state of a lake with the engine of this name.

    Raises Mistake for an unknown name, and where Spark's package or Java is missing.
    """
    if name == "duckdb":
        return lake.engine()
    if name != "spark":
        raise Mistake(f"There is no engine {name!r}: write duckdb or spark.")
    from keskio.lake.spark import SparkEngine  # noqa: PLC0415 - an extra that few install

    return SparkEngine(lake.store, master=master)
