"""What is played is what will happen: one script through `play`, and through the runner on the database.

The same people, replies and tasks at the same moments; compared are every message with its step, text
and moment, every silence with its reason, and every end.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from keskio.engine.times import parse_moment
from keskio.kernel.clock import VirtualClock
from keskio.kernel.sql import fetch
from keskio.talk.actions import add_offer, publish_playbook
from keskio.talk.batch import EXPLAINED
from keskio.talk.documents import compile_text, playbook_text
from keskio.talk.play import Play
from keskio.talk.programs import DEFAULT_RULES
from keskio.talk.scripts import read_script
from tests.talk.world import World

pytestmark = pytest.mark.django_db(transaction=True)
ZONE = "Europe/Helsinki"
KEY = "bicycle-autumn-service"
NAMES = ("silent", "aino", "eero", "code", "both", "late", "chatty", "stop", "evening")
REPLIES = [
    ("2012-09-12T12:00", "aino", "A"),
    ("2012-09-12T12:05", "aino", "a."),
    ("2012-09-12T12:10", "eero", "Ahaa kiitos"),
    ("2012-09-12T13:00", "code", " b "),
    ("2012-09-12T13:10", "both", "B"),
    ("2012-09-13T12:00", "chatty", "Mitä?"),
    ("2012-09-13T12:01", "chatty", "Hei?"),
    ("2012-09-13T12:02", "chatty", "Haloo?"),
    ("2012-09-13T12:03", "chatty", "Olen täällä"),
    ("2012-09-14T09:30", "stop", "LOPETA"),
    ("2012-09-15T12:00", "eero", "A"),
    ("2012-09-20T12:00", "both", "A"),
    ("2012-10-05T12:00", "late", "B"),
    ("2012-11-07T11:00", "evening", "A"),
]
ENDS = "2013-02-15T12:00"


def played() -> tuple[set[Any], set[Any], set[Any]]:
    programs = [compile_text(playbook_text(key))[0] for key in ("stop-confirmation", KEY)]
    lines = [json.dumps({"customer": name}) for name in NAMES]
    lines += [json.dumps({"at": at, "customer": who, "reply": text}) for at, who, text in REPLIES]
    play = Play([one for one in programs if one is not None], rules=DEFAULT_RULES)
    told = list(play.run(read_script(lines, ZONE), parse_moment(ENDS, ZONE)))
    sent = {
        (line["customer"], line["step"], line["at"])
        for line in told
        if line.get("effect") == "send_message"
    }
    silences = {
        (line["customer"], line["step"], line["reason"], line["at"])
        for line in told
        if line.get("reason") in EXPLAINED and line["dialogue"]
    }
    ends = {
        (line["customer"], line["dialogue"], line["outcome"], line["at"])
        for line in told
        if line.get("effect") == "end"
    }
    return sent, silences, ends


def lived(world: World) -> tuple[set[Any], set[Any], set[Any]]:
    for name in NAMES:
        world.person(name)
    for at, who, text in REPLIES:
        moment = parse_moment(datetime.fromisoformat(at), ZONE)
        world.wait(seconds=(moment - world.clock.micros()) / 1e6)
        world.reply(who, text)
        world.settle()
    end = parse_moment(datetime.fromisoformat(ENDS), ZONE)
    world.wait(seconds=(end - world.clock.micros()) / 1e6)
    names = {number: name for name, number in world.people.items()}
    sent = {
        (names[customer], step, shown(at))
        for customer, step, at in fetch(
            "SELECT customer_id, step, claimed_at FROM talk_message"
            " WHERE state IN ('sent', 'delivered')"
        )
    }
    silences = {
        (names[customer], step, reason, shown(at))
        for customer, step, reason, at in fetch(
            "SELECT customer_id, step, reason, at FROM talk_decision WHERE verdict = 'nothing'"
        )
    }
    ends = {
        (name, said["dialogue"], said["outcome"], at)
        for name in NAMES
        for said, at in ended(world, name)
    }
    return sent, silences, ends


def ended(world: World, name: str) -> list[tuple[dict[str, Any], str]]:
    rows = fetch(
        "SELECT body, occurred_at FROM events_event WHERE customer_id = %s AND name = 'dialogue.ended'",
        (world.people[name],),
    )
    return [(json.loads(body)["properties"], shown(at)) for body, at in rows]


def shown(at: int) -> str:
    from keskio.engine.times import to_local

    return to_local(at, ZONE).isoformat()


def test_the_runner_does_what_was_played(clock: VirtualClock) -> None:
    clock.turn_to(datetime(2012, 9, 9, 6, 0, tzinfo=UTC))
    add_offer("winter-bicycle-20", title={"fi": "Talvipyörät -20 %"}, prefix="TALVI")
    publish_playbook("stop-confirmation")
    publish_playbook(KEY)
    live = lived(World(clock))
    play = played()
    for what, (played_one, lived_one) in enumerate(zip(play, live, strict=True)):
        assert lived_one == played_one, ("messages", "silences", "ends")[what]
    assert len(play[0]) > 20
