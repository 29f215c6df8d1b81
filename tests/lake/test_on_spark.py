"""A Spark cluster of two workers answers as DuckDB does: queries, conditions, and the command.

One file, so that one cluster is started. The command comes first: the session of this process keeps all
of the cluster from then on.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from keskio.engine.conditions.sql import members_sql
from keskio.lake.contracts import Engine, WrongQuery
from keskio.lake.engines import open_engine
from keskio.lake.lake import Lake
from keskio.lake.named import names
from tests.cli.test_segment import BUYERS
from tests.lake.test_queries import ASKED, CONDITIONS, LIKE_CONDITIONS, NOW, lake

__all__ = ["lake"]

ROOT = Path(__file__).resolve().parents[2]
# Of those that group, walk in order, ask with parameters, look at the next row, rank, and ask of traits.
# Spark takes a second for each: by night all are asked.
OF_EACH_SHAPE = ("cohorts", "funnel", "histories", "pairs", "top_pages", "trait_values")
TELLING = """
from keskio.cli.installation import use_installation

use_installation()
from keskio.events.api import append_events
from keskio.events.contracts import NewEvent
from keskio.kernel.clock import now_micros
from keskio.know.api import find_or_create

for number in range(6):
    customer = find_or_create([("user_id", f"c{number}")], traits={"name": f"c{number}"})
    body = '{"properties":{"total":%d}}' % (20 * number)
    append_events([NewEvent(customer, "Order Completed", now_micros(), body)])
"""


@pytest.mark.spark
def test_a_spark_cluster_prints_the_same_members(tmp_path: Path, spark_master: str) -> None:
    """In processes of their own, as a process has one Spark; they give the cluster back when they end."""
    script = tmp_path / "tell.py"
    script.write_text(TELLING, "utf-8")
    file = tmp_path / "buyers.yaml"
    file.write_text(BUYERS, "utf-8")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KESKIO_")}
    environment = {
        **kept,
        "DJANGO_SETTINGS_MODULE": "keskio.config.settings",
        "KESKIO_DATA": str(tmp_path / "house"),
        "PYTHONPATH": f"{ROOT / 'src'}",
    }

    def keskio(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            check=False,
            env=environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    keskio(str(script))
    run = ("-m", "keskio.cli", "segment", "run", str(file))
    by_duckdb = keskio(*run)
    assert keskio(*run, "--engine", "spark", "--master", spark_master) == by_duckdb
    assert [json.loads(line)["name"] for line in by_duckdb.splitlines()] == ["c3", "c4", "c5"]


@pytest.mark.spark
@pytest.mark.filterwarnings(
    "ignore:unclosed:ResourceWarning"
)  # pyspark leaves its sockets to Python
def test_spark_answers_queries_of_each_shape_as_duckdb_does(lake: Lake, spark_master: str) -> None:
    with lake.engine() as duck, open_engine(lake, "spark", master=spark_master) as spark:
        assert spark.position == duck.position == 400
        for name in OF_EACH_SHAPE:
            answer_alike(name, duck, spark)
        for sql in LIKE_CONDITIONS[::2]:
            same(sql, duck.query(sql), spark.query(sql))
        for document in CONDITIONS[::4]:
            choose_alike(document, duck, spark)
        told = "SELECT DISTINCT record FROM events WHERE occurred_at >= $since AND name = $name ORDER BY 1"
        params = {"since": datetime(2026, 1, 8, tzinfo=UTC), "name": "Page Viewed"}
        assert spark.ids(told, params).tolist() == duck.ids(told, params).tolist()
        with pytest.raises(WrongQuery, match="Spark cannot run the query"):
            spark.query("SELECT nonsense FROM events")
        workers_took_part(spark)


@pytest.mark.nightly
@pytest.mark.spark
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")  # the same
def test_spark_answers_every_query_as_duckdb_does(lake: Lake, spark_master: str) -> None:
    with lake.engine() as duck, open_engine(lake, "spark", master=spark_master) as spark:
        for name in names():
            answer_alike(name, duck, spark)
        for sql in LIKE_CONDITIONS:
            same(sql, duck.query(sql), spark.query(sql))
        for document in CONDITIONS:
            choose_alike(document, duck, spark)


def answer_alike(name: str, duck: Engine, spark: Engine) -> None:
    """See that a named query gets the same answer from both."""
    asked = ASKED.get(name, {})
    same(name, duck.named(name, **asked), spark.named(name, **asked))


def choose_alike(document: dict[str, Any], duck: Engine, spark: Engine) -> None:
    """See that both choose the same customers by a condition."""
    sql = members_sql(document, now=int(NOW.timestamp() * 1e6))
    assert sorted(spark.ids(sql).tolist()) == sorted(duck.ids(sql).tolist()), document


def same(name: str, one: pa.Table, other: pa.Table) -> None:
    """See that two answers are equal: names, types and rows in their order."""
    assert [f.name for f in one.schema] == [f.name for f in other.schema], name
    assert [f.type for f in one.schema] == [f.type for f in other.schema], name
    assert one.num_rows > 0, name
    for left, right in zip(one.to_pylist(), other.to_pylist(), strict=True):
        assert [near(value) for value in left.values()] == list(right.values()), name


def near(value: Any) -> Any:
    """A number that equals those next to it: sums of doubles depend on their order."""
    return pytest.approx(value, rel=1e-12) if isinstance(value, float) else value


def workers_took_part(spark: Engine) -> None:
    """See that the work was done by the two workers of the cluster, not in this process."""
    context = spark._session.sparkContext  # type: ignore[attr-defined]
    assert context.master.startswith("spark://127.0.0.1:")
    assert context._jsc.sc().getExecutorMemoryStatus().size() == 3  # the driver and both workers
