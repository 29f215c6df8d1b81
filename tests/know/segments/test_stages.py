"""Stages by rules: who is where, since when, by group, with history, flows, and the ready models."""

from __future__ import annotations

from datetime import timedelta

import pytest

from keskio.engine.times import DAY
from keskio.kernel.clock import now_micros
from keskio.know.segments.actions import (
    CannotSave,
    save_model,
    save_ready_models,
    save_segment,
)
from keskio.know.segments.flows import draw_flows
from keskio.know.segments.models import StageModel
from keskio.know.segments.queries import stages_of
from keskio.know.segments.standing import counts_at, flows_of, history_of
from tests.know.segments.conftest import Company

MODEL = """
key: m
title: {fi: Malli, en: Model}
stages: [cold, warm, hot]
groups:
  - title: {fi: Seurat, en: Clubs}
    for: {trait: club, is: true}
    rules: [{stage: hot, when: {event: Order Completed}}, {stage: warm}]
rules:
  - {stage: hot, when: {event: Order Completed, times: {at_least: 2}}}
  - {stage: warm, when: {event: Product Viewed, in: {last: 30 days}}}
"""


def test_rules_put_customers_at_stages_and_groups_have_their_own(company: Company) -> None:
    for name in ("aino", "eero", "siiri", "ville"):
        company.customer(name, club=name == "siiri")
    company.did("aino", "Order Completed")
    company.did("aino", "Order Completed")
    company.did("eero", "Product Viewed")
    save_model(MODEL)
    company.compute()
    assert company.stages("m") == {"aino": "hot", "eero": "warm", "siiri": "warm"}
    assert company.told("stage.changed") == []
    company.did("siiri", "Order Completed")
    company.did("ville", "Product Viewed")
    company.follow()
    assert company.stages("m") == {"aino": "hot", "eero": "warm", "siiri": "hot", "ville": "warm"}
    assert company.told("stage.changed") == [
        ("siiri", "stage.changed", {"model": "m", "from": "warm", "to": "hot"}),
        ("ville", "stage.changed", {"model": "m", "from": "", "to": "warm"}),
    ]
    assert counts_at("m") == {"hot": 2, "warm": 2}
    assert StageModel.objects.get().members == 4


def test_both_ways_of_looking_find_the_same_stages(company: Company) -> None:
    for number in range(12):
        name = f"c{number}"
        company.customer(name, club=number % 3 == 0)
        for _ in range(number % 4):
            company.did(name, "Order Completed", ago=number * DAY)
        if number % 2:
            company.did(name, "Product Viewed", ago=number * 5 * DAY)
    save_model(MODEL)
    company.compute()
    by_lake = company.stages("m")
    for name in company.people:
        company.did(name, "Product Viewed", ago=400 * DAY)
    company.follow()
    assert company.stages("m") == by_lake
    assert company.told("stage.changed") == []
    assert set(by_lake.values()) == {"hot", "warm"}


def test_time_moves_customers_back_and_history_is_kept(company: Company) -> None:
    eero = company.customer("eero")
    save_model(MODEL)
    company.compute()
    company.did("eero", "Product Viewed")
    company.follow()
    since = now_micros()
    assert stages_of([eero])[eero]["m"] == ("warm", since)
    company.clock.advance(timedelta(days=31))
    company.compute()
    assert company.stages("m") == {}
    moves = [(move.was, move.became) for move in history_of([eero])]
    assert moves == [("warm", ""), ("", "warm")]
    assert flows_of("m", start=since, end=now_micros()) == {("", "warm"): 1}


def test_segments_may_ask_for_stages(company: Company) -> None:
    company.customer("eero")
    save_model(MODEL)
    save_segment("key: warm-ones\nwhen: {stage: m, is: warm}\n")
    company.compute()
    company.did("eero", "Product Viewed")
    company.follow()
    assert company.members("warm-ones") == ["eero"]
    with pytest.raises(CannotSave, match="build on itself"):
        save_model(MODEL.replace("{trait: club, is: true}", "{segment: warm-ones}"))


def test_a_stage_that_is_no_more_is_left(company: Company) -> None:
    company.customer("eero")
    company.did("eero", "Product Viewed")
    save_model(MODEL)
    company.compute()
    save_model("key: m\nstages: [other]\nrules: [{stage: other}]\n")
    company.compute()
    assert company.stages("m") == {"eero": "other"}
    assert company.told("stage.changed") == []


def test_ready_models_are_saved_once_and_left_as_edited(company: Company) -> None:
    assert [row.key for row in save_ready_models()] == ["aidaser", "ladder"]
    ladder = StageModel.objects.get(key="ladder")
    save_model(ladder.document.replace("1000", "500"))
    assert save_ready_models() == []
    assert StageModel.objects.get(key="ladder").version == 2


def test_aidaser_and_ladder_follow_a_customer(company: Company) -> None:
    company.customer("aino")
    save_ready_models()
    company.compute()
    way = [company.stages("ladder")["aino"]]
    for event in (
        *("page.viewed", "Product Viewed", "Checkout Started", "Order Completed"),
        *("Order Completed", "Order Completed", "Friend Invited"),
    ):
        company.clock.advance(timedelta(minutes=1))
        company.did("aino", event, revenue=400)
        company.follow()
        way.append(company.stages("aidaser")["aino"])
    company.did("aino", "Order Completed", revenue=400)
    company.follow()
    way.append(company.stages("ladder")["aino"])
    assert way == [
        "a3",
        "attention",
        "interest",
        "desire",
        "action",
        "satisfaction",
        "engagement",
        "recommendation",
        "a1",
    ]


def test_flows_are_drawn_without_styles() -> None:
    drawn = draw_flows(
        {("", "low"): 3, ("low", "high"): 2, ("high", "low"): 1},
        [("", "None"), ("low", "Low"), ("high", "<High>")],
        label="Flows",
    )
    assert (drawn.count("<path"), drawn.count('class="is-down"')) == (3, 1)
    assert "&lt;High&gt; 2" in drawn
    assert "style=" not in drawn
    assert draw_flows({}, [], label="") == ""
