"""Conditions as SQL: on a real lake, DuckDB and Spark choose the customers that Python chooses."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest

from keskio.engine.conditions import compile_condition
from keskio.engine.conditions.sql import Kept, members_sql, where_sql
from keskio.events.contracts import LoggedEvent
from keskio.lake.building import build
from keskio.lake.contracts import Measure
from keskio.lake.dialect import to_spark
from keskio.lake.engines import open_engine
from keskio.lake.lake import Lake
from tests.engine.conditions import making as make
from tests.engine.conditions.test_agreement import EDGES, KEPT
from tests.engine.conditions.world import World

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")
SOME = [make.condition(Random(seed)) for seed in range(40)]


@pytest.fixture(autouse=True)
def usual_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the number that no double holds: columns of the lake have nothing for it."""
    monkeypatch.setattr(make, "NUMBERS", tuple(n for n in make.NUMBERS if n < 10**300))


def lake_of(world: World, folder: Path) -> Lake:
    """Return a lake with everything of `world`, and the measures of KEPT."""
    rows = world.rows()
    del rows["events"], rows["tallies"]
    events = [
        LoggedEvent(
            event.id,
            event.record,
            event.name,
            event.happening.at,
            msgspec.json.encode({"properties": event.happening.properties}).decode(),
            event.happening.at,
            1,
            "",
            event.record,
        )
        for event in world.log
    ]
    return build(folder, events=events, views=rows, measures=[_measure(kept) for kept in KEPT])


def _measure(kept: Kept) -> Measure:
    where = "" if kept.where is None else where_sql(kept.where)
    return Measure(kept.key, kept.event, where, kept.property)


def chosen(world: World, document: dict[str, Any]) -> list[int]:
    decide = compile_condition(document, now=make.NOW, zone=world.zone)
    return [customer for customer, one in world.in_force.items() if decide(one)]


@pytest.mark.parametrize("seed", [7])
def test_a_lake_answers_as_python_does(tmp_path: Path, seed: int) -> None:
    world = World(seed, size=80)
    with lake_of(world, tmp_path).engine() as engine:
        for document in [*EDGES, *SOME]:
            for kept in (None, KEPT):
                sql = members_sql(document, now=make.NOW, zone=world.zone, kept=kept)
                assert sorted(engine.ids(sql)) == chosen(world, document), (document, sql)


def test_every_query_can_be_said_in_the_words_of_spark() -> None:
    for seed in range(150):
        sql = members_sql(make.condition(Random(seed)), now=make.NOW, kept=KEPT)
        assert "TIMESTAMPTZ '" not in to_spark(sql)


@pytest.mark.spark
@pytest.mark.nightly
def test_spark_chooses_the_same_customers(tmp_path: Path, spark_master: str) -> None:
    world = World(7, size=60)
    with open_engine(lake_of(world, tmp_path), "spark", master=spark_master) as spark:
        for document in [*EDGES[::8], *SOME[::13]]:
            sql = members_sql(document, now=make.NOW, zone=world.zone, kept=KEPT)
            assert sorted(spark.ids(sql)) == chosen(world, document), (document, sql)
