"""Views that rooms feed: whoever is touched is asked for again, whatever is no longer told goes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from keskio.events.api import append_events
from keskio.events.contracts import LoggedEvent, NewEvent
from keskio.kernel.clock import VirtualClock
from keskio.know.models import Customer
from keskio.lake import api, feeding
from keskio.lake.compacting import compact, settle_view, tidy
from keskio.lake.contracts import Feed
from keskio.lake.following import follow, take
from keskio.lake.installation import own_lake
from keskio.lake.lake import Feeds, Lake
from tests.lake import looks
from tests.lake.town import Log


class Room:
    """A room above the lake: who has which stage, and who has been merged."""

    def __init__(self) -> None:
        self.stages: dict[int, list[str]] = {}
        self.merged: dict[int, int] = {}
        self.asked: list[int] = []
        self.log = Log()

    def feeds(self) -> Feeds:
        told = Feeds()
        told.of_view["stages"] = Feed("stages", self.stage_rows)
        told.of_view["redirects"] = Feed("redirects", self.redirect_rows)
        told.everyone = lambda after, limit: [
            i for i in sorted({*self.stages, *self.merged}) if i > after
        ][:limit]
        return told

    def stage_rows(self, customers: Any) -> list[tuple[Any, ...]]:
        self.asked += customers
        return [
            (one, "journey", stage, 5_000_000)
            for one in customers
            for stage in self.stages.get(one, [])
        ]

    def redirect_rows(self, customers: Any) -> list[tuple[Any, ...]]:
        return [
            (gone, into)
            for gone, into in self.merged.items()
            if gone in customers or into in customers
        ]

    def tells(self, whom: int, name: str = "stage.changed", **properties: Any) -> None:
        place = self.log.last() + 1
        body = json.dumps({"properties": properties})
        self.log.events.append(LoggedEvent(place, whom, name, place, body, 0, 0, "", whom))


@pytest.fixture
def room() -> Room:
    return Room()


@pytest.fixture
def lake(tmp_path: Path, room: Room) -> Lake:
    return Lake.at(tmp_path / "lake", feeds=room.feeds())


def stages(lake: Lake) -> list[tuple[Any, ...]]:
    return looks.rows(lake, "SELECT customer, stage FROM stages ORDER BY ALL")


def redirects(lake: Lake) -> list[tuple[Any, ...]]:
    return looks.rows(lake, "SELECT record, customer FROM redirects ORDER BY ALL")


def test_everybody_is_told_once_and_then_the_touched(lake: Lake, room: Room) -> None:
    room.stages = {1: ["interest"], 2: ["desire", "action"], 3: ["interest"]}
    room.tells(1)
    follow(lake, room.log.after, last=room.log.last)
    assert stages(lake) == [(1, "interest"), (2, "action"), (2, "desire"), (3, "interest")]
    assert room.asked == [1, 2, 3]

    room.stages.update({1: ["desire"], 2: []})
    for customer in (1, 2):
        room.tells(customer)
    follow(lake, room.log.after, last=room.log.last)
    assert stages(lake) == [(1, "desire"), (3, "interest")]
    assert room.asked == [1, 2, 3, 1, 2]


@pytest.mark.parametrize("settle", ["never", "between", "tidy"])
def test_the_latest_telling_stands(
    lake: Lake, room: Room, settle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("keskio.lake.compacting.SMALL", 2)
    follow(lake, room.log.after, last=room.log.last)
    for turn in range(6):
        room.stages[1 + turn % 2] = [f"stage-{turn}"]
        room.stages[7] = [] if turn % 3 else ["here"]
        for customer in (1 + turn % 2, 7):
            room.tells(customer)
        take(lake, room.log.after)
        if settle == "between" and turn == 3:
            settle_view(lake, "stages")
        if settle == "tidy":
            tidy(lake)
    assert stages(lake) == [(1, "stage-4"), (2, "stage-5")]
    compact(lake)
    assert stages(lake) == [(1, "stage-4"), (2, "stage-5")]


def test_a_merge_on_top_of_a_merge_moves_both(lake: Lake, room: Room) -> None:
    room.merged = {5: 4}
    follow(lake, room.log.after, last=room.log.last)
    assert redirects(lake) == [(5, 4)]

    room.merged = {5: 3, 4: 3}
    room.tells(3, "customer.merged", customer=4, into=3, merge=2)
    follow(lake, room.log.after, last=room.log.last)
    assert redirects(lake) == [(4, 3), (5, 3)]

    room.merged = {5: 4}
    room.tells(3, "customer.unmerged", customer=4, merge=2, **{"from": 3})
    follow(lake, room.log.after, last=room.log.last)
    assert redirects(lake) == [(5, 4)]


def test_filling_comes_in_chunks(lake: Lake, room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeding, "AT_ONCE", 3)
    room.stages = {i: [f"s{i}"] for i in range(1, 11)}
    room.merged = {11: 1, 12: 9}
    follow(lake, room.log.after, last=room.log.last)
    assert stages(lake) == [(i, f"s{i}") for i in range(1, 11)]
    assert redirects(lake) == [(11, 1), (12, 9)]


def row(customer: int, **told: Any) -> Customer:
    return Customer(id=customer, created_at=told.pop("created_at", 7_000_000), **told)


@pytest.mark.django_db
def test_know_tells_of_customers_in_force_their_traits_and_consents(clock: VirtualClock) -> None:
    Customer.objects.bulk_create(
        [
            row(
                1,
                known_at=8,
                language="fi",
                email="aino@example.com",
                traits='{"city": "Turku", "age": 41, "vip": true, "likes": ["tea", 5], "o": {"a": 1}}',
                consents='{"marketing/email": "given", "*/sms": "withdrawn"}',
            ),
            row(2, phone="+358401234567"),
            row(3, merged_into_id=2, traits='{"city": "Oulu"}'),
            row(4, erased_at=9),
            row(5, restricted_at=9, traits='{"city": "Oulu"}', consents='{"a/sms": "given"}'),
        ]
    )
    append_events([NewEvent(2, "Order Completed", 5, '{"properties": {"total": 5}}', record=3)])
    api.rebuild()
    lake = own_lake()
    assert looks.rows(
        lake, "SELECT * REPLACE (epoch_us(created_at) AS created_at) FROM customers"
    ) == [
        (1, True, 7_000_000, "fi", "", True, False),
        (2, False, 7_000_000, "", "", False, True),
    ]
    assert looks.rows(lake, "SELECT * FROM traits ORDER BY name, kind") == [
        (1, "age", "number", None, 41.0),
        (1, "city", "text", "Turku", None),
        (1, "likes", "item_number", None, 5.0),
        (1, "likes", "item_text", "tea", None),
        (1, "likes", "other", '["tea",5]', None),
        (1, "o", "other", '{"a":1}', None),
        (1, "vip", "flag", None, 1.0),
    ]
    assert looks.rows(lake, "SELECT * FROM consents ORDER BY ALL") == [
        (1, "*", "sms", "withdrawn"),
        (1, "marketing", "email", "given"),
    ]
    assert redirects(lake) == [(3, 2)]
    assert looks.rows(lake, "SELECT customer, record, total FROM events_by_customer") == [
        (2, 3, 5.0)
    ]

    Customer.objects.filter(id=1).update(traits='{"city": "Espoo"}', restricted_at=None)
    append_events([NewEvent(1, "customer.updated", 6)])
    assert api.bring_up_to_date() == api.position() == api.status()["position"]
    assert looks.rows(lake, "SELECT * FROM traits") == [(1, "city", "text", "Espoo", None)]
