"""Makes the lakes that `bench lake` asks: events of two years by rule, the same for the same size.

python -m benchmarks.lake_made FOLDER EVENTS      events, twenty a customer
python -m benchmarks.lake_made FOLDER 0 CUSTOMERS a state table only, eight measures a customer
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from benchmarks.machine import cpu_seconds
from keskio.lake.compacting import compact
from keskio.lake.duck import Means, write
from keskio.lake.following import add_table
from keskio.lake.lake import Lake

CHUNK = 1_000_000
EACH = 20  # events of a customer
NAMES = (
    "Page Viewed",
    "Product Viewed",
    "Product Added",
    "Order Completed",
    "message.sent",
    "message.opened",
    "message.clicked",
    "Cart Viewed",
    "Search Made",
    "Support Asked",
)
START = 1_704_067_200_000_000  # 2024-01-01
SPAN = 2 * 365 * 86_400_000_000


def events_sql(begin: int, end: int, whole: int) -> str:
    """Return the SQL of events `begin` to `end` of `whole`, in the order of time, no two at once."""
    names = ", ".join(f"'{name}'" for name in NAMES)
    step = SPAN // whole
    return f"""
        SELECT i AS id, CAST(hash(i * 31 + 7) % {max(whole // EACH, 1)} AS BIGINT) + 1 AS record, name,
            make_timestamptz({START} + i * {step} + CAST(hash(i) % {step} AS BIGINT)) AS occurred_at,
            make_timestamptz({START} + i * {step} + {step}) AS received_at, 1::BIGINT AS source,
            'm' || hash(i + 5) AS message_id, CAST(NULL AS DOUBLE) AS value,
            CAST(NULL AS DOUBLE) AS revenue, total, CAST(NULL AS DOUBLE) AS quantity,
            CAST(NULL AS DOUBLE) AS price, CAST(NULL AS VARCHAR) AS currency, product_id,
            CAST(NULL AS VARCHAR) AS category, CAST(NULL AS VARCHAR) AS order_id, path,
            CAST(NULL AS VARCHAR) AS channel, CAST(NULL AS VARCHAR) AS dialogue,
            '{{"properties":{{' || CASE WHEN total IS NOT NULL THEN '"total":' || total || ','  ELSE '' END
            || CASE WHEN product_id IS NOT NULL THEN '"product_id":"' || product_id || '",' ELSE '' END
            || CASE WHEN path IS NOT NULL THEN '"path":"' || path || '",' ELSE '' END
            || '"session":' || CAST(hash(i // 9) % 1000000 AS VARCHAR) || '}}}}' AS body
        FROM (
            SELECT i, name,
                CASE WHEN name = 'Order Completed' THEN CAST(hash(i * 3) % 20000 AS DOUBLE) / 4 END AS total,
                CASE WHEN name LIKE 'Product%' THEN 'p' || hash(i * 5) % 500 END AS product_id,
                CASE WHEN name = 'Page Viewed' THEN '/page/' || hash(i * 11) % 300 END AS path
            FROM (
                SELECT range AS i, list_extract([{names}], CAST(hash(range * 13) % 10 AS INTEGER) + 1) AS name
                FROM range({begin}, {end})
            )
        )"""


def make_events(folder: Path, whole: int) -> dict[str, float]:
    """Make a lake of `whole` events; return the CPU seconds of taking them in and of compacting."""
    lake = Lake.at(folder, Means(memory="4GB"))
    taking = 0.0
    for begin in range(1, whole + 1, CHUNK):
        with lake.workshop() as connection, lake.store.appending() as draft:
            sql = events_sql(begin, min(begin + CHUNK, whole + 1), whole)
            rows = connection.sql(sql).to_arrow_table()
            begun = cpu_seconds()
            add_table(lake, draft, connection, rows)
            taking += cpu_seconds() - begun
    begun = cpu_seconds()
    compact(lake)
    return {"taking": taking, "compacting": cpu_seconds() - begun}


def make_tallies(folder: Path, customers: int) -> dict[str, float]:
    """Make a lake with nothing but a state table of eight measures a customer."""
    lake = Lake.at(folder, Means(memory="4GB"))
    rows, half = 0, SPAN // 2
    for number, name in enumerate(NAMES[:8]):
        with lake.workshop() as connection, lake.store.appending() as draft:
            path = lake.store.new_path("tallies")
            sql = (
                f"SELECT range AS record, '{name}' AS measure,"
                f" make_timestamptz({START} + CAST(hash(range + {number}) % {half} AS BIGINT)) AS first_at,"
                f" make_timestamptz({START} + {half} + CAST(hash(range * 3 + {number}) % {half} AS BIGINT))"
                " AS last_at, CAST(hash(range * 5) % 9 AS BIGINT) + 1 AS times,"
                f" CAST(hash(range * 7) % 20000 AS DOUBLE) / 4 AS total FROM range(1, {customers + 1})"
            )
            written = write(connection, sql, path)
            draft.add("tallies", [lake.store.file(path, rows=written, key=name)])
            rows += written
    return {"rows": rows}


def main() -> None:
    """Make what the arguments ask for."""
    folder, whole = Path(sys.argv[1]), int(sys.argv[2])
    told = make_events(folder, whole) if whole else make_tallies(folder, int(sys.argv[3]))
    print(json.dumps(told))


if __name__ == "__main__":
    main()
