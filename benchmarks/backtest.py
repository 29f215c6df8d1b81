"""`keskio bench backtest`: a history of ten million events replayed through a draft.

The history is made by rule: twenty events a customer over two years, of ten kinds; everybody has been asked
for consent, one in ten has withdrawn it half-way. The draft reminds of carts: it waits for an order,
asks, gives a code from a stock that does not suffice (so that history is gone through twice), and
competes with a live version of itself. CPU seconds are of everything, DuckDB's threads included.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import benchmarks.installation  # noqa: F401 - before what needs tables
from benchmarks import lake_made
from benchmarks.machine import cpu_seconds, describe
from keskio.engine.times import DAY
from keskio.lake.building import build
from keskio.lake.compacting import compact
from keskio.lake.duck import Means
from keskio.lake.following import add_table
from keskio.lake.lake import Lake
from keskio.talk.backtests.asked import Asked, Assumed, Document, Shelf
from keskio.talk.backtests.report import figures_of
from keskio.talk.backtests.running import Backtest, Progress

DRAFT = """
keskio: dialogue/1
key: carts
title: {fi: Ostoskori}
purpose: marketing
languages: [fi]
trigger: {event: Cart Viewed}
reentry: {after: 30 days}
exit: [{event: Order Completed}]
steps:
  wait: {kind: wait, for: 1 day, at: "10:00"}
  remind:
    kind: ask
    channel: sms
    text: {fi: "Jäikö jotain koriin? Vastaa A, niin soitamme. Ei enää viestejä: LOPETA"}
    for: 3 days
    choices: {A: {title: {fi: Soitto}}}
    outcomes: {A: call, other: end, none: code}
  call:
    kind: task
    text: {fi: Soita}
    queue: shop
    due: {working_days: 1, at: "16:00"}
    outcomes: {done: end, declined: end, overdue: end}
  code: {kind: offer, offer: ten, as: code, outcomes: {given: send-code, sold_out: end, refused: end}}
  send-code: {kind: send, channel: sms, text: {fi: "Tässä koodi: {{ code }}. LOPETA"}}
"""
MIDDLE = lake_made.START + lake_made.SPAN // 2
CONSENTS = """
    SELECT {first} + range AS id, range + 1 AS record, '{name}' AS name,
        make_timestamptz({at}) AS occurred_at, make_timestamptz({at}) AS received_at,
        1::BIGINT AS source, '{name}' || range AS message_id, CAST(NULL AS DOUBLE) AS value,
        CAST(NULL AS DOUBLE) AS revenue, CAST(NULL AS DOUBLE) AS total, CAST(NULL AS DOUBLE) AS quantity,
        CAST(NULL AS DOUBLE) AS price, CAST(NULL AS VARCHAR) AS currency,
        CAST(NULL AS VARCHAR) AS product_id, CAST(NULL AS VARCHAR) AS category,
        CAST(NULL AS VARCHAR) AS order_id, CAST(NULL AS VARCHAR) AS path, 'sms' AS channel,
        CAST(NULL AS VARCHAR) AS dialogue,
        '{{"properties":{{"purpose":"marketing","channel":"sms"}}}}' AS body
    FROM range({count}) {where}
"""


def make(folder: Path, events: int) -> Lake:
    """Make the history in `folder`."""
    people = max(events // lake_made.EACH, 1)
    lake = Lake.at(folder, Means(memory="2GB", threads=2))
    rows = ((n, True, 0, "fi", "", True, True) for n in range(1, people + 1))
    build(folder, views={"customers": rows})
    consents = [
        ("consent.given", lake_made.START, events, ""),
        ("consent.withdrawn", MIDDLE, events + people, "WHERE range % 10 = 3"),
    ]
    with lake.store.appending() as draft, lake.workshop() as connection:
        for begin in range(0, events, lake_made.CHUNK):
            end = min(begin + lake_made.CHUNK, events)
            sql = lake_made.events_sql(begin, end, events)
            add_table(lake, draft, connection, connection.sql(sql).to_arrow_table())
        for name, at, first, where in consents:
            sql = CONSENTS.format(name=name, at=at, first=first, count=people, where=where)
            add_table(lake, draft, connection, connection.sql(sql).to_arrow_table())
    compact(lake)
    return lake


def run(folder: Path, events: int, *, alone: bool) -> dict[str, float]:
    """Replay, and return what it took and what came out."""
    lake = Lake.at(folder, Means(memory="1GB", threads=2))
    people = max(events // lake_made.EACH, 1)
    asked = Asked(
        draft=Document(DRAFT),
        live=None if alone else Document(DRAFT),
        since=lake_made.START + 90 * DAY,
        until=lake_made.START + lake_made.SPAN,
        position=2**60,
        offers={"ten": Shelf(stock=people // 20)},
        assumed=Assumed({"carts/remind": {"A": 0.1}}, {"done": 0.8}),
    )
    began, cpu = time.perf_counter(), cpu_seconds()
    with lake.engine() as engine:
        backtest = Backtest(asked, engine)
        progress = Progress()
        for _ in backtest.run(progress):
            pass
    figures = figures_of(asked, progress.counts["draft"])
    return {
        "wall": time.perf_counter() - began,
        "cpu": cpu_seconds() - cpu,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "turns": progress.turn,
        **{name: figures[name] for name in ("entered", "messages", "coupons_given")},
    }


class WrongCount(Exception):
    """A replay gave away more than there was, or nothing."""


def main(options: Sequence[str]) -> None:
    """Make the history, replay it, print the table."""
    parser = argparse.ArgumentParser(prog="keskio bench backtest", description=__doc__)
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--alone", action="store_true", help="without the live version beside it")
    parser.add_argument("--in", dest="inside", type=Path, help="replay the history in this folder")
    given = parser.parse_args(options)
    if given.inside is not None:
        print(json.dumps(run(given.inside, given.events, alone=given.alone)))
        return
    print(describe())
    with tempfile.TemporaryDirectory(prefix="keskio-bench-") as folder:
        make(Path(folder) / "lake", given.events)
        command = [sys.executable, "-m", "benchmarks.backtest", "--events", str(given.events)]
        command += ["--in", f"{folder}/lake", *(["--alone"] if given.alone else [])]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    told = json.loads(done.stdout.splitlines()[-1])
    stock = max(given.events // lake_made.EACH, 1) // 20
    if not told["messages"] or told["coupons_given"] > stock:
        raise WrongCount(str(told))
    _print(given.events, told)


def _print(events: int, told: dict[str, float]) -> None:
    seen = events * told["turns"]
    print(f"\n{events:,} events, {told['turns']:.0f} passes, {told['entered']:,.0f} came in,")
    print(f"{told['messages']:,.0f} messages, {told['coupons_given']:,.0f} codes given\n")
    print("| seconds | CPU | events a CPU second | peak MB |\n|---:|---:|---:|---:|")
    rate = seen / told["cpu"]
    print(f"| {told['wall']:.1f} | {told['cpu']:.1f} | {rate:,.0f} | {told['peak']:,.0f} |")


if __name__ == "__main__":
    main(sys.argv[1:])
