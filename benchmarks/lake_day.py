"""A day taken into a large state table: `python -m benchmarks.lake_day FOLDER CUSTOMERS`.

The lake in FOLDER has a state table of eight measures a customer. A day's events of one customer in 37
arrive; what is timed is taking them in (file, state table), reading a measure before, after, and after
the new rows have been put into the base, and that putting. Prints JSON.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from benchmarks.lake_made import NAMES, SPAN, START
from benchmarks.machine import cpu_seconds
from keskio.lake.compacting import settle_tallies
from keskio.lake.duck import Means
from keskio.lake.following import add_table
from keskio.lake.lake import Lake
from keskio.lake.shape import EVENT_COLUMNS

DAY_MICROS = 86_400_000_000
TOUCHED = 37  # one customer in so many does something on a day
EACH = 2  # events of each


def day_sql(customers: int) -> str:
    """Return the SQL of the day's events in the columns of the lake."""
    count = customers // TOUCHED * EACH
    names = ", ".join(f"'{name}'" for name in NAMES[:8])
    told = {
        "id": "range + 1",
        "record": f"CAST(hash(range // {EACH}) % {customers} AS BIGINT) + 1",
        "name": f"list_extract([{names}], CAST(hash(range) % 8 AS INTEGER) + 1)",
        "occurred_at": f"make_timestamptz({START + SPAN} + range * {DAY_MICROS // count})",
        "received_at": f"make_timestamptz({START + SPAN} + range * {DAY_MICROS // count})",
        "source": "1::BIGINT",
        "message_id": "'m' || range",
        "total": "CAST(range % 100 AS DOUBLE)",
        "body": """'{"properties":{"total":' || CAST(range % 100 AS DOUBLE) || '}}'""",
    }
    columns = ", ".join(
        f"{told.get(name, f'CAST(NULL AS {kind})')} AS {name}"
        for name, kind in EVENT_COLUMNS.items()
    )
    return f"SELECT {columns} FROM range({count})"


def reading(lake: Lake) -> tuple[float, tuple[int, float]]:
    """Return the CPU seconds of reading one measure of everybody, and what it adds up to."""
    begun = cpu_seconds()
    with lake.engine() as engine:
        told = engine.query(
            "SELECT CAST(sum(times) AS BIGINT) AS n, sum(total) AS t FROM tallies"
            " WHERE measure = 'Order Completed' AND last_at >= TIMESTAMPTZ '2025-06-01 00:00:00+00'"
        ).to_pylist()[0]
    return cpu_seconds() - begun, (told["n"], told["t"])


def main() -> None:
    """Take the day in and tell what it cost."""
    folder, customers = Path(sys.argv[1]), int(sys.argv[2])
    lake = Lake.at(folder, Means(memory="4GB"))
    told: dict[str, float] = {}
    told["read_before"], _ = reading(lake)
    with lake.workshop() as connection, lake.store.appending() as draft:
        rows = connection.sql(day_sql(customers)).to_arrow_table()
        touched = connection.sql("SELECT count(DISTINCT record) AS n FROM rows").fetchall()[0][0]
        begun = cpu_seconds()
        add_table(lake, draft, connection, rows)
        told["taking_in"] = cpu_seconds() - begun
    told["read_after"], answer = reading(lake)
    begun = cpu_seconds()
    settle_tallies(lake)
    told["settling"] = cpu_seconds() - begun
    told["read_settled"], settled = reading(lake)
    if answer[0] != settled[0] or abs(answer[1] - settled[1]) > 1e-6 * abs(answer[1]):
        raise SystemExit(f"The state table says {settled} after settling, and {answer} before.")
    told.update(events=rows.num_rows, touched=touched, rows=lake.store.read().rows("tallies"))
    print(json.dumps(told))


if __name__ == "__main__":
    main()
