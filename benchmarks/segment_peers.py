"""The conditions of `bench segments` as an engineer writes them over the log, in DuckDB and in Polars.

Both read the log's files as the lake keeps them: Parquet, zstd, in the order of time, typed columns.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import numpy as np
import polars as pl

NOW = datetime(2026, 11, 1, tzinfo=UTC)
ORDER, OPENED, ADDED = "Order Completed", "message.opened", "Product Added"
PRODUCTS = [str(number) for number in range(100, 150)]


def before(days: int) -> datetime:
    """Return the moment so many days before now."""
    return NOW - timedelta(days=days)


def _at(days: int) -> str:
    return f"TIMESTAMPTZ '{before(days).isoformat()}'"


_LIST = ", ".join(f"'{product}'" for product in PRODUCTS)
_BOUGHT = f"name = '{ORDER}'"

# Conditions by their names: as documents, and as SQL over `log`.
TYPICAL: dict[str, tuple[dict[str, Any], str]] = {
    "bought in 90 days": (
        {"event": ORDER, "in": {"last": "90 days"}},
        f"SELECT DISTINCT record FROM log WHERE {_BOUGHT} AND occurred_at >= {_at(90)}",
    ),
    "bought 3 times or more": (
        {"event": ORDER, "times": {"at_least": 3}},
        f"SELECT record FROM log WHERE {_BOUGHT} GROUP BY record HAVING count(*) >= 3",
    ),
    "spent 300 or more": (
        {"event": ORDER, "sum": "total", "at_least": 300},
        f"SELECT record FROM log WHERE {_BOUGHT} GROUP BY record HAVING sum(total) >= 300",
    ),
    "last bought 180 days ago or more": (
        {"event": ORDER, "last": {"before": "180 days"}},
        f"SELECT record FROM log WHERE {_BOUGHT} GROUP BY record HAVING max(occurred_at) < {_at(180)}",
    ),
    "bought in 90 days, opened nothing in 30": (
        {
            "all": [
                {"event": ORDER, "in": {"last": "90 days"}},
                {"not": {"event": OPENED, "in": {"last": "30 days"}}},
            ]
        },
        f"""SELECT record FROM log WHERE name IN ('{ORDER}', '{OPENED}') AND occurred_at >= {_at(90)}
        GROUP BY record HAVING bool_or({_BOUGHT})
        AND NOT bool_or(name = '{OPENED}' AND occurred_at >= {_at(30)})""",
    ),
}
AD_HOC: dict[str, tuple[dict[str, Any], str]] = {
    "product of fifty in 90 days": (
        {
            "event": ORDER,
            "where": {"property": "product_id", "in": PRODUCTS},
            "in": {"last": "90 days"},
        },
        f"""SELECT DISTINCT record FROM log WHERE {_BOUGHT} AND occurred_at >= {_at(90)}
        AND product_id IN ({_LIST})""",
    ),
    "added, then bought within 3 days": (
        {"event": ADDED, "then": {"event": ORDER}, "within": "3 days", "in": {"last": "90 days"}},
        f"""WITH mine AS (SELECT record, occurred_at, id, name FROM log
            WHERE name IN ('{ADDED}', '{ORDER}') AND occurred_at >= {_at(90)}),
        led AS (SELECT record, name, occurred_at, first_value(CASE WHEN {_BOUGHT} THEN occurred_at END
            IGNORE NULLS) OVER (PARTITION BY record ORDER BY occurred_at, id
            ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS bought_at FROM mine)
        SELECT DISTINCT record FROM led
        WHERE name = '{ADDED}' AND bought_at <= occurred_at + INTERVAL 72 HOUR""",
    ),
    "added, then not bought within 3 days": (
        {
            "event": ADDED,
            "not_then": {"event": ORDER},
            "within": "3 days",
            "in": {"last": "90 days"},
        },
        f"""WITH mine AS (SELECT record, occurred_at, id, name FROM log
            WHERE name IN ('{ADDED}', '{ORDER}') AND occurred_at >= {_at(90)}),
        led AS (SELECT record, name, occurred_at, first_value(CASE WHEN {_BOUGHT} THEN occurred_at END
            IGNORE NULLS) OVER (PARTITION BY record ORDER BY occurred_at, id
            ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS bought_at FROM mine)
        SELECT DISTINCT record FROM led WHERE name = '{ADDED}' AND occurred_at < {_at(3)}
        AND (bought_at IS NULL OR bought_at > occurred_at + INTERVAL 72 HOUR)""",
    ),
    "spent 150 in 90 days": (
        {"event": ORDER, "sum": "total", "at_least": 150, "in": {"last": "90 days"}},
        f"""SELECT record FROM log WHERE {_BOUGHT} AND occurred_at >= {_at(90)}
        GROUP BY record HAVING sum(total) >= 150""",
    ),
}

Ids = np.ndarray[Any, np.dtype[np.int64]]


# Who there is now: records alone are not yet customers that anything may be done with.
IN_FORCE = "SELECT m.record FROM ({sql}) AS m SEMI JOIN customers AS c ON c.customer = m.record"


class ByDuckDB:
    """SQL over the log's files in one open session."""

    def __init__(self, files: Sequence[str], customers: Sequence[str], *, threads: int) -> None:
        self._connection = duckdb.connect(config={"threads": threads})
        for name, of_view in (("log", files), ("customers", customers)):
            listed = ", ".join(f"'{file}'" for file in of_view)
            self._connection.execute(
                f"CREATE VIEW {name} AS SELECT * FROM read_parquet([{listed}])"
            )

    def ids(self, sql: str) -> Ids:
        """Return which customers the SQL over the log chooses."""
        found = self._connection.execute(IN_FORCE.format(sql=sql)).fetchnumpy()["record"]
        return np.asarray(found, dtype=np.int64)


def by_polars(name: str, files: Sequence[str], customers: Sequence[str]) -> Ids:
    """Return whom the same condition chooses with Polars."""
    everyone = pl.scan_parquet(list(customers)).select("customer")
    chosen = _POLARS[name](pl.scan_parquet(list(files)))
    found = chosen.join(everyone, left_on="record", right_on="customer", how="semi")
    return np.asarray(found.collect(engine="streaming")["record"].to_numpy(), dtype=np.int64)


def _products(log: Any) -> Any:
    wanted = (
        (pl.col("name") == ORDER)
        & (pl.col("occurred_at") >= before(90))
        & pl.col("product_id").is_in(PRODUCTS)
    )
    return log.filter(wanted).select("record").unique()


def _pairs(log: Any) -> Any:
    mine = log.filter(
        pl.col("name").is_in([ADDED, ORDER]) & (pl.col("occurred_at") >= before(90))
    ).select("record", "occurred_at", "name")
    added = mine.filter(pl.col("name") == ADDED).select("record", "occurred_at").sort("occurred_at")
    bought = (
        mine.filter(pl.col("name") == ORDER)
        .select("record", pl.col("occurred_at"), pl.col("occurred_at").alias("bought_at"))
        .sort("occurred_at")
    )
    return added.join_asof(
        bought, on="occurred_at", by="record", strategy="forward", check_sortedness=False
    )


def _then(log: Any) -> Any:
    came = pl.col("bought_at") <= pl.col("occurred_at") + timedelta(days=3)
    return _pairs(log).filter(came).select("record").unique()


def _not_then(log: Any) -> Any:
    late = pl.col("bought_at").is_null() | (
        pl.col("bought_at") > pl.col("occurred_at") + timedelta(days=3)
    )
    is_over = pl.col("occurred_at") < before(3)
    return _pairs(log).filter(late & is_over).select("record").unique()


def _spent(log: Any) -> Any:
    mine = log.filter((pl.col("name") == ORDER) & (pl.col("occurred_at") >= before(90)))
    return mine.group_by("record").agg(pl.col("total").sum()).filter(pl.col("total") >= 150)


_POLARS: dict[str, Callable[[Any], Any]] = {
    "product of fifty in 90 days": _products,
    "added, then bought within 3 days": _then,
    "added, then not bought within 3 days": _not_then,
    "spent 150 in 90 days": _spent,
}
