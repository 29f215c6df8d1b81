"""Case 18: a night of the club by stages and at each one's best hour; promoters; capped invitations."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from keskio.engine.hours import best_hour
from keskio.engine.pressure import Quiet, Rules
from keskio.kernel.clock import VirtualClock
from keskio.kernel.sql import fetch
from keskio.know.api import facts_of, found_segments, save_model, save_ready_models
from keskio.know.groups.actions import add_member, save_group
from keskio.talk.api import publish_built_in, publish_playbook, set_rules
from keskio.talk.hours import HourLearner
from tests.flows.village import Village

pytestmark = [pytest.mark.flow, pytest.mark.django_db(transaction=True)]
HELSINKI = ZoneInfo("Europe/Helsinki")
AUGUST = datetime(2026, 8, 28, 9, 0, tzinfo=UTC)


def go_to(world: Village, *when: int) -> None:
    now = datetime.fromtimestamp(world.clock.micros() / 1e6, UTC)
    year, month, day, *clock = when
    hour, minute = (*clock, 0, 0)[:2]
    there = datetime(year, month, day, hour, minute, tzinfo=HELSINKI)
    world.wait(seconds=(there - now).total_seconds())


def hours_of_messages(world: Village, name: str) -> list[tuple[str, str]]:
    rows = fetch(
        "SELECT step, claimed_at FROM talk_message WHERE customer_id = %s ORDER BY id",
        (world.people[name],),
    )
    return [
        (step, f"{datetime.fromtimestamp(at / 1e6, HELSINKI):%d.%m. %H:%M}") for step, at in rows
    ]


@pytest.fixture
def world(clock: VirtualClock) -> Village:
    clock.turn_to(AUGUST)
    set_rules(Rules(quiet=Quiet()), by="test")
    publish_built_in()
    save_ready_models(by="test")
    found_segments()
    publish_playbook("club-event")
    return Village(clock, stages=True)


def test_each_stage_is_told_its_own_way_before_during_and_after(world: Village) -> None:
    world.person("aino", best_hour="17:00")
    world.tell("aino", "Friend Invited", friend="x")  # recommends: the network
    world.person("otto", best_hour="12:00")
    world.tell("otto", "Product Viewed", product="lippu")  # interested
    world.person("siiri")
    world.tell("siiri", "Order Completed", revenue=20)  # has acted; no hour is known
    world.person("hilja")  # nothing is known of her: no stage, no message
    world.wait(minutes=5)
    go_to(world, 2026, 9, 2, 12)
    assert hours_of_messages(world, "aino") == [("idea", "01.09. 17:00")]
    world.reply("aino", "Yölinja Trio")
    world.settle()
    assert world.texts_to("aino")[1][1].startswith("Kiitos! Yölinja Trio on nyt listalla.")

    go_to(world, 2026, 9, 15, 12, 1)
    assert [world.steps_to(name)[-1] for name in ("aino", "otto", "siiri")] == [
        "invite-friend",
        "invite-new",
        "invite",
    ]
    told = [dict(hours_of_messages(world, name))["teaser"] for name in ("aino", "otto", "siiri")]
    assert told == ["10.09. 17:00", "11.09. 12:00", "10.09. 12:00"]
    world.reply("aino", "A")
    world.reply("otto", "ehkä")
    world.reply("siiri", "b.")
    world.settle()
    world.reply("otto", "a")
    world.settle()
    assert world.steps_to("otto")[-2:] == ["guide", "coming"]
    assert world.ends_of("siiri") == [(1, "said-no")]

    go_to(world, 2026, 9, 19, 23)
    world.tell("aino", "Checked In", night="avajaiset")
    world.settle()
    assert world.steps_to("aino")[-1] == "photo"
    go_to(world, 2026, 9, 20, 18)
    assert world.steps_to("aino")[-1] == "thanks"
    assert hours_of_messages(world, "aino")[-1][1] == "20.09. 17:00"
    assert world.ends_of("otto") == [(1, "not-there")]
    world.reply("aino", "9")
    go_to(world, 2026, 10, 5)
    assert world.ends_of("aino") == [(1, "was-there")]
    assert world.events_of("aino", "dialogue.answered")[-1]["value"] == 9
    assert world.steps_to("hilja") == []


def test_the_stages_can_differ_from_group_to_group(world: Village) -> None:
    model = """
key: aidaser-jazz
title: {fi: AIDASER (jazz), en: AIDASER (jazz)}
stages:
  - {key: attention, title: {fi: Huomio, en: Attention}}
  - {key: recommendation, title: {fi: Suosittelu, en: Recommendation}}
rules:
  - {stage: recommendation, when: {event: Friend Invited, where: {property: group, is: jazz}}}
  - {stage: attention, when: {event: Friend Invited}}
"""
    save_model(model, by="test")
    found_segments()
    world.person("aino")
    world.tell("aino", "Friend Invited", friend="x", group="techno")
    world.settle()
    sql = "SELECT count(*) FROM events_event WHERE name = 'stage.changed' AND body LIKE %s"
    assert fetch(sql, ('%"aidaser-jazz"%"attention"%',))[0][0] == 1
    assert fetch(sql, ('%"aidaser"%"recommendation"%',))[0][0] == 1


def test_promoters_with_a_wide_circle_bring_one_and_invitations_are_capped(
    clock: VirtualClock,
) -> None:
    clock.turn_to(datetime(2026, 9, 28, 9, 0, tzinfo=UTC))
    set_rules(Rules(quiet=Quiet()), by="test")
    publish_built_in()
    save_ready_models(by="test")
    found_segments()
    publish_playbook("club-promoters")
    world = Village(clock, stages=True)
    for name, circle in (("aino", 240), ("eero", 150), ("otto", 30)):
        world.person(name, circle=circle, best_hour="18:00")
        world.tell(name, "Friend Invited", friend=f"before-{name}")
    world.person("siiri", circle=500)  # wide, but has never recommended
    world.wait(minutes=5)
    go_to(world, 2026, 10, 2, 12)
    assert hours_of_messages(world, "aino") == [("ask", "01.10. 18:00")]
    assert [world.steps_to(name) for name in ("otto", "siiri")] == [[], []]

    for number in range(7):
        world.tell("eero", "Friend Invited", friend=f"e-{number}")
        world.wait(hours=1)
    assert world.steps_to("eero") == ["ask", "enough"]  # told once that five are enough

    world.tell("aino", "Member Joined", member="m-1")
    world.settle()
    world.tell("eero", "Member Joined", member="m-2")
    world.settle()
    assert world.steps_to("aino") == ["ask", "tell-ticket"]
    assert world.steps_to("eero") == ["ask", "enough", "tell-ticket"]
    known = facts_of(list(world.people.values()))
    lottery = [known[world.people[name]].traits.get("lottery") for name in ("aino", "eero", "otto")]
    assert lottery == ["club-promoters", "club-promoters", None]
    assert world.ends_of("aino") == [(1, "brought-one")]


def test_the_best_hour_is_learnt_of_answers_and_of_the_group(world: Village) -> None:
    group = save_group(group=None, kind="organisation", name="Jazzporukka")
    for name in ("aino", "eero", "uusi", "yksin"):
        world.person(name)
    for name in ("aino", "eero", "uusi"):
        add_member(group, world.people[name])
    go_to(world, 2026, 8, 29, 18, 20)
    for _ in range(3):
        world.reply("aino", "hei")
        world.reply("eero", "hei")
        world.wait(days=1)
    world.wait(hours=15)  # nine in the morning
    for _ in range(9):
        world.reply("eero", "huomenta")
    world.settle()
    learner = HourLearner()
    while learner.turn(world.clock.micros()):
        pass
    known = facts_of(list(world.people.values()))
    hours = [known[world.people[n]].traits.get("best_hour") for n in ("aino", "eero", "uusi")]
    assert hours == ["18:00", "09:00", "09:00"]
    assert "best_hour" not in known[world.people["yksin"]].traits
    assert not learner.turn(world.clock.micros())  # once a day


@pytest.mark.parametrize(
    ("own", "others", "hour"),
    [
        ({}, {}, None),
        ({17: 1}, {}, 17),
        ({2: 3}, {}, 8),
        ({23: 3}, {}, 20),
        ({9: 1}, {17: 40}, 17),
        ({9: 6}, {17: 40}, 9),
        ({9: 2, 10: 2}, {}, 9),
    ],
)
def test_own_answers_weigh_more_the_more_there_are(
    own: dict[int, int], others: dict[int, int], hour: int | None
) -> None:
    assert best_hour(own, others) == hour
