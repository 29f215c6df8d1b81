"""Every named query: its promised columns, and its answer worked out by hand; tests on Spark ask them too."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from keskio.engine.conditions.sql import members_sql
from keskio.kernel.clock import from_micros
from keskio.lake.building import build
from keskio.lake.compacting import compact
from keskio.lake.contracts import Measure, WrongQuery
from keskio.lake.duck import DuckEngine
from keskio.lake.lake import Lake
from keskio.lake.named import names, read_named
from keskio.lake.shape import TYPES
from tests.lake.town import DAY, events, paired, tallied

EVENTS = events(400)
REDIRECTS = {7: 4, 6: 4}
NOW = datetime(2026, 3, 1, tzinfo=UTC)
ASKED: dict[str, dict[str, Any]] = {
    "events_per_day": {"since": datetime(2026, 1, 5, tzinfo=UTC)},
    "funnel": {
        "first": "Product Viewed",
        "second": "Product Added",
        "third": "Order Completed",
        "since": datetime(2026, 1, 12, tzinfo=UTC),
    },
    "histories": {"before": NOW},
    "recency": {"now": NOW},
    "top_pages": {"limit": 2},
}
# What conditions compile to: counts and sums in windows, sequences, absence, properties, traits.
LIKE_CONDITIONS = (
    "SELECT c.customer FROM customers AS c WHERE EXISTS (SELECT 1 FROM tallies AS t LEFT JOIN redirects AS r"
    " ON r.record = t.record WHERE coalesce(r.customer, t.record) = c.customer AND t.measure = 'Page Viewed'"
    " AND t.times >= 3) ORDER BY 1",
    "SELECT coalesce(r.customer, e.record) AS customer, sum(event_number(body, 'total')) AS total"
    " FROM events AS e LEFT JOIN redirects AS r ON r.record = e.record WHERE e.name = 'Order Completed'"
    " AND e.occurred_at >= TIMESTAMPTZ '2026-01-06 00:00:00+00' AND event_text(body, 'coupon') = 'SYKSY'"
    " GROUP BY 1 HAVING sum(event_number(body, 'total')) > 50 ORDER BY 1",
    "SELECT DISTINCT a.record AS customer FROM events AS a JOIN events AS b ON b.record = a.record"
    " AND b.occurred_at > a.occurred_at AND b.occurred_at <= a.occurred_at + INTERVAL 3 DAY"
    " WHERE a.name = 'Product Added' AND b.name = 'Order Completed' ORDER BY 1",
    "SELECT customer FROM customers WHERE customer NOT IN (SELECT record FROM events WHERE"
    " name = 'Order Completed' AND event_flag(body, 'gift') AND event_number(body, 'total') = 25.5)"
    " ORDER BY customer",
    "SELECT customer FROM customers EXCEPT SELECT customer FROM traits WHERE name = 'city'"
    " AND kind = 'text' AND text IN ('Turku', 'Oulu') ORDER BY customer",
    "SELECT record, count(*) FILTER (WHERE event_has_text(body, 'tags', 'a')) AS a,"
    " count(*) FILTER (WHERE event_has_number(body, 'tags', 6)) AS six,"
    " count(event_kind(body, 'coupon')) AS told FROM events GROUP BY record ORDER BY record",
    "SELECT id, event_kind(body, 'price') AS kind, event_number(body, 'price') AS n,"
    " event_text(body, 'price') AS t, event_flag(body, 'gift') AS gift FROM events ORDER BY id",
    "SELECT customer, text FROM traits WHERE lower(text) LIKE 't%' AND contains(text, 'urk')"
    " ORDER BY customer",
    "SELECT record, name, occurred_at FROM events QUALIFY row_number() OVER"
    " (PARTITION BY record ORDER BY occurred_at DESC, id DESC) = 1 ORDER BY record",
)


CONDITIONS: tuple[dict[str, Any], ...] = (
    {"trait": "city", "is": "Turku"},
    {"all": [{"trait": "age", "at_least": 40}, {"not": {"trait": "city", "begins_with": "T"}}]},
    {"any": [{"trait": "vip", "is": True}, {"consent": "marketing", "channel": "sms"}]},
    {"event": "Order Completed", "times": {"at_least": 12}},
    {"event": "Order Completed", "times": {"is": 0}, "in": {"last": "50 days"}},
    {
        "event": "Order Completed",
        "where": {
            "all": [{"property": "total", "at_least": 25}, {"property": "coupon", "is": "SYKSY"}]
        },
        "times": {"at_least": 3},
        "in": {"from": "2026-01-03", "to": "2026-01-15"},
    },
    {
        "event": "Order Completed",
        "where": {"property": "gift", "is": True},
        "times": {"at_most": 5},
    },
    {
        "event": "Page Viewed",
        "where": {"property": "tags", "contains": "a"},
        "times": {"at_least": 14},
    },
    {"event": "Order Completed", "sum": "total", "more_than": 600},
    {"event": "Order Completed", "average": "total", "less_than": 45},
    {"event": "Product Viewed", "distinct": "product_id", "at_least": 5},
    {"event": "Product Viewed", "last": "product_id", "is": "2"},
    {"event": "Page Viewed", "last": {"before": "40 days"}},
    {"event": "Product Added", "then": {"event": "Order Completed"}, "within": "2 hours"},
    {"event": "Product Added", "not_then": {"event": "Order Completed"}, "within": "3 days"},
    {"segment": "loyal", "for_at_least": "3 days"},
    {"stage": "journey", "is": "desire"},
    {"object": "car", "where": {"property": "year", "less_than": 2020}},
)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake with everything in it: bases, fresh events behind them, merged records, a measure."""
    folder = tmp_path_factory.mktemp("queries") / "lake"
    views: dict[str, list[tuple[Any, ...]]] = {
        "customers": [(i, i != 2, 5 * DAY, "fi", "", True, False) for i in range(1, 6)],
        "redirects": list(REDIRECTS.items()),
        "traits": [
            (1, "city", "text", "Turku", None),
            (2, "city", "text", "Espoo", None),
            (2, "age", "number", None, 41.5),
            (3, "vip", "flag", None, 1.0),
        ],
        "consents": [(4, "marketing", "sms", "given"), (5, "marketing", "sms", "denied")],
        "memberships": [(1, "loyal", 5 * DAY), (2, "other", 5 * DAY)],
        "stages": [(3, "journey", "desire", 5 * DAY)],
        "objects": [(1, 2, "car", "ABC-1", False), (2, 3, "car", "ABC-2", True)],
        "object_fields": [(1, 2, "year", "number", None, 2015.0)],
    }
    gifts = Measure("~gifts", "Order Completed", "event_flag(body, 'gift')", "total")
    lake = build(folder, events=EVENTS[:330], views=views, measures=[gifts])
    compact(lake)
    return build(folder, events=EVENTS[330:])


def answered(lake: Lake, name: str) -> list[tuple[Any, ...]]:
    """What a named query answers, as tuples."""
    with lake.engine() as engine:
        told = engine.named(name, **ASKED.get(name, {})).to_pylist()
    return [tuple(row.values()) for row in told]


@pytest.mark.parametrize("name", names())
def test_columns_are_as_promised(lake: Lake, name: str) -> None:
    with lake.engine() as engine:
        told = engine.named(name, **ASKED.get(name, {}))
    assert told.num_rows > 0
    kinds = {**TYPES, "DATE": pa.date32()}
    promised = {column: kinds[kind] for column, kind in read_named(name).columns.items()}
    assert {field.name: field.type for field in told.schema} == promised
    assert read_named(name).sentence.endswith(".")


def test_pairs_follow_customers_through_merges_and_fresh_events(lake: Lake) -> None:
    counted = {row[:2]: row[2] for row in answered(lake, "pairs")}
    assert counted == paired(EVENTS, REDIRECTS)


def test_pairs_stream_over_the_sorted_files(lake: Lake, tmp_path: Path) -> None:
    """The order of files is all that pairs need: no sorting and no grouping by customer in the plan."""
    whole = build(tmp_path / "lake", events=EVENTS)
    compact(whole)
    with DuckEngine(whole.store, whole.means) as engine:
        asked = read_named("pairs")
        engine.query(asked.sql, asked.bind({}))
        plan = engine.connection.execute(f"EXPLAIN {asked.sql}", asked.bind({})).fetchall()[0][1]
        assert "Streaming Window" in plan
        assert plan.replace("Streaming Window", "").count("Window") == 0
        counted = {(r["name"], r["next"]): r["times"] for r in engine.named("pairs").to_pylist()}
    assert counted == paired(EVENTS, {})


def test_the_funnel_counts_customers_who_took_its_steps_in_order(lake: Lake) -> None:
    asked = ASKED["funnel"]
    lines: dict[int, list[str]] = {}
    for event in sorted(EVENTS, key=lambda e: (e.at, e.id)):
        if from_micros(event.at) >= asked["since"]:
            lines.setdefault(REDIRECTS.get(event.record, event.record), []).append(event.name)
    reached = [0, 0, 0]
    for line in lines.values():
        steps = [asked["first"], asked["second"], asked["third"]]
        place = 0
        for name in line:
            if place < 3 and name == steps[place]:
                reached[place] += 1
                place += 1
    assert answered(lake, "funnel") == [tuple(reached)]
    assert reached[0] > reached[2] > 0


def test_the_state_table_equals_the_one_worked_out_anew(lake: Lake) -> None:
    anew = [tuple(row) for row in answered(lake, "tallies_anew")]
    assert len(anew) == len(tallied(EVENTS))
    with lake.engine() as engine:
        kept = engine.query(
            "SELECT record, measure, first_at, last_at, times, total FROM tallies"
            " WHERE measure <> '~gifts' ORDER BY record, measure"
        ).to_pylist()
    assert [tuple(row.values()) for row in kept] == anew


def test_a_registered_measure_counts_and_sums_what_it_says(lake: Lake) -> None:
    wanted: dict[int, list[float]] = {}
    for event in EVENTS:
        told = json.loads(event.body)["properties"]
        if event.name == "Order Completed" and told["gift"]:
            wanted.setdefault(event.record, []).append(told["total"])
    with lake.engine() as engine:
        kept = engine.query(
            "SELECT record, times, total FROM tallies WHERE measure = '~gifts' ORDER BY record"
        ).to_pylist()
    assert [tuple(row.values()) for row in kept] == [
        (record, len(sums), sum(sums)) for record, sums in sorted(wanted.items())
    ]


def test_histories_count_days_with_purchases_and_never_round(lake: Lake) -> None:
    lines: dict[int, list[int]] = {}
    for event in EVENTS:
        if event.name == "Order Completed":
            lines.setdefault(REDIRECTS.get(event.record, event.record), []).append(event.at)
    now = int(NOW.timestamp() * 1e6)
    wanted: dict[tuple[int, float, float], int] = {}
    for times in lines.values():
        days = len({at // DAY for at in times})
        span = (max(times) - min(times)) / DAY if days > 1 else 0.0
        key = (days - 1, span, (now - min(times)) / DAY)
        wanted[key] = wanted.get(key, 0) + 1
    assert {row[:3]: row[3] for row in answered(lake, "histories")} == wanted


def test_cohorts_begin_with_their_size(lake: Lake) -> None:
    rows = answered(lake, "cohorts")
    assert rows[0][:2] == (date(2026, 1, 1), 0)
    bought = {REDIRECTS.get(e.record, e.record) for e in EVENTS if e.name == "Order Completed"}
    assert sum(row[2] for row in rows if row[1] == 0) == len(bought)


def test_conditions_choose_some_and_not_all(lake: Lake) -> None:
    with lake.engine() as engine:
        counts = [
            len(engine.ids(members_sql(document, now=int(NOW.timestamp() * 1e6))))
            for document in CONDITIONS
        ]
    assert sum(0 < count < 5 for count in counts) >= 10, counts


def test_wrong_use_of_a_query_is_told(lake: Lake) -> None:
    with lake.engine() as engine:
        with pytest.raises(WrongQuery, match="There is no query nothing"):
            engine.named("nothing")
        with pytest.raises(WrongQuery, match="funnel needs the parameter first"):
            engine.named("funnel")
        with pytest.raises(WrongQuery, match="pairs has no parameter since_when"):
            engine.named("pairs", since_when=1)
        with pytest.raises(WrongQuery, match="cannot be run"):
            engine.query("SELECT nonsense FROM events")
