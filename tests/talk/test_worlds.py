"""What an installation has, gathered for `check`: few queries, whatever there is in it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from keskio.engine.times import DAY
from keskio.kernel.clock import VirtualClock, now
from keskio.kernel.sql import run
from keskio.know.api import save_segment
from keskio.know.privacy.models import SpecialName
from keskio.know.segments.models import Segment
from keskio.talk import shelf, worlds
from keskio.talk.api import add_offer, publish
from keskio.talk.calls.models import Connection
from keskio.talk.documents import read_document
from keskio.talk.programs import Programs
from keskio.talk.worlds import live_check, segments_of
from tests.talk.world import World

pytestmark = pytest.mark.django_db
CAMPAIGN = """
keskio: dialogue/1
key: %(key)s
purpose: marketing
languages: [fi]
trigger: {segment: %(segment)s}
steps:
  code: {kind: offer, offer: cap, as: code, outcomes: {given: say, sold_out: end, refused: end}}
  say: {kind: send, channel: sms, text: "{{ code }} LOPETA"}
"""
SEGMENT = "key: %s\ntitle: {fi: x, en: x}\nwhen: {trait: town, is: Oulu}\n"


@pytest.fixture
def world(clock: VirtualClock, monkeypatch: pytest.MonkeyPatch) -> World:
    # What is rolled back leaves its numbers to the next test: nothing compiled may stay.
    monkeypatch.setattr(shelf, "_programs", Programs())
    monkeypatch.setattr(worlds, "_read", {})
    clock.turn_to(datetime(2012, 9, 1, 6, 0, tzinfo=UTC))
    return World(clock)


def found_in(text: str) -> list[tuple[str, str, str]]:
    program, findings = live_check(text)
    assert program is not None
    return [(f.code, f.detail, f.other) for f in findings if f.code != "no_such_channel"]


def members(key: str, *customers: int) -> None:
    """Let customers belong to a segment, as the followers would have written."""
    segment = Segment.objects.get(key=key).pk
    for customer in customers:
        run(
            "INSERT INTO segments_membership (segment_id, customer_id, since) VALUES (%s, %s, 1)",
            (segment, customer),
        )


def test_what_is_not_there_is_found(world: World) -> None:
    text = CAMPAIGN % {"key": "vip-offer", "segment": "vip"}
    assert found_in(
        text.replace("trigger: {segment: vip}", "trigger: {hand: true}\neligible: {segment: vip}")
    ) == [
        ("no_such_segment", "vip", ""),
        ("no_consent_text", "marketing", "fi"),
        ("no_such_offer", "cap", ""),
    ]
    assert world.people == {}


def test_a_connection_that_is_not_there_is_found(world: World) -> None:
    assert world.people == {}
    call = "  ask: {kind: call, connection: crm, outcomes: {ok: end, refused: end, failed: end}}\n  code:"
    text = CAMPAIGN.replace("  code:", call) % {"key": "x", "segment": "y"}
    assert ("no_such_connection", "crm", "") in found_in(text)
    Connection.objects.create(key="crm", title="CRM", url="https://crm.example", changed_at=now())
    assert ("no_such_connection", "crm", "") not in found_in(text)


def test_dialogues_that_share_members_compete(world: World) -> None:
    add_offer("cap", title={"fi": "Pipo"})
    for key in ("vip", "near"):
        save_segment(SEGMENT % key)
    aino, eero = world.person("aino"), world.person("eero")
    members("vip", aino, eero)
    members("near", aino)
    publish(CAMPAIGN % {"key": "near-offer", "segment": "near"})
    mine = CAMPAIGN % {"key": "vip-offer", "segment": "vip"}
    assert ("competes", "near-offer", "vip ∩ near: 1") in found_in(mine)
    run("DELETE FROM segments_membership WHERE customer_id = %s", (aino,))
    assert [code for code, *_ in found_in(mine)] == ["no_consent_text"]


def test_events_are_known_by_the_days_on_which_they_came(world: World) -> None:
    text = CAMPAIGN % {"key": "x", "segment": "y"}
    text = text.replace("trigger: {segment: y}", "trigger: {event: Order Completed}")
    assert ("event_never_seen", "Order Completed", "") in found_in(text)
    at = world.clock.micros() - 100 * DAY
    run(
        "INSERT INTO tracking_eventday (name, day, taken, faulty, kept_out, first_at, last_at)"
        " VALUES ('Order Completed', %s, 1, 0, 0, %s, %s)",
        (at // DAY, at, at),
    )
    assert ("event_not_seen", "Order Completed", "2012-05-24") in found_in(text)
    world.person("aino")
    world.tell("aino", "Order Completed")
    run("DELETE FROM tracking_eventday", ())
    assert not any(code.startswith("event_") for code, *_ in found_in(text))


def test_health_data_are_known_by_the_names_of_the_house(world: World) -> None:
    SpecialName.objects.create(kind=SpecialName.Kind.TRAIT, name="diagnosis")
    text = CAMPAIGN % {"key": "x", "segment": "y"}
    text = text.replace(
        "trigger: {segment: y}", "trigger: {hand: true}\neligible: {trait: diagnosis, is: x}"
    )
    assert ("health_for_marketing", "diagnosis", "marketing") in found_in(text)
    assert world.people == {}


@pytest.mark.parametrize("rivals", [1, 3])
def test_the_queries_are_few_whatever_there_is(world: World, rivals: int) -> None:
    save_segment(SEGMENT % "vip")
    for number in range(rivals):
        publish(CAMPAIGN % {"key": f"rival-{number}", "segment": "vip"})
    world.person("aino")
    live_check(CAMPAIGN % {"key": "mine", "segment": "vip"})
    with CaptureQueriesContext(connection) as asked:
        live_check(CAMPAIGN % {"key": "mine", "segment": "vip"})
    assert len(asked) <= 20


@pytest.mark.parametrize(
    ("settings", "demanded"),
    [
        ("trigger: {segment: vip}", {"vip"}),
        ("trigger: {audience: {at: 2030-01-01, who: {segment: vip}}}", {"vip"}),
        ("trigger: {hand: true}\neligible: {all: [{segment: vip}, {trait: x, is: 1}]}", {"vip"}),
        ("trigger: {hand: true}\neligible: {any: [{segment: vip}, {segment: near}]}", set()),
        ("trigger: {hand: true}\neligible: {not: {segment: vip}}", set()),
        ("trigger: {event: x}", set()),
    ],
)
def test_only_segments_that_all_must_be_in_are_demanded(settings: str, demanded: set[Any]) -> None:
    document, _ = read_document(settings)
    assert segments_of(document) == demanded
