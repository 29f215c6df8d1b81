"""What the live runner did, replayed from its own log: the same messages to the same people, same moments."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from keskio.cli import backtest as command
from keskio.engine.dialogue import effects as do
from keskio.engine.dialogue.routing import Inside
from keskio.engine.pressure import Cap, Rules
from keskio.kernel.clock import VirtualClock
from keskio.kernel.sql import fetch
from keskio.know.api import give_consent, withdraw_consent
from keskio.lake import api as lake
from keskio.talk.api import add_offer, publish, set_rules
from keskio.talk.backtests.installation import Wish, asked_by, noted_between
from keskio.talk.backtests.replay import Replay
from keskio.talk.backtests.running import Backtest, Progress
from keskio.talk.imagined import Witness
from tests.talk.world import World

pytestmark = pytest.mark.django_db(transaction=True)

BEGINS = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
SMS: dict[str, Any] = {"purpose": "marketing", "channel": "sms", "source": "form"}
# The days in which the clocks change are in it; so are a wait that an event ends, an exit, a code and caps.
VIEWED = """
keskio: dialogue/1
key: viewed
title: {fi: Katseltu}
purpose: marketing
languages: [fi]
trigger: {event: Product Viewed, where: {property: price, at_least: 10}}
reentry: {after: 5 days}
exit: [{event: Order Completed}]
steps:
  hello: {kind: send, channel: [sms, email], text: {fi: "Hei {{ customer.first_name }}! LOPETA"}}
  rest:
    kind: wait
    for: 2 days
    at: "09:30"
    events: {again: {event: Product Viewed}}
    outcomes: {again: who, timeout: code}
  who:
    kind: branch
    branches: {north: {trait: city, is: Oulu}}
    outcomes: {north: code, else: split}
  split:
    kind: split
    arms: {a: 50, b: 50}
    outcomes: {a: code, b: last}
  code: {kind: offer, offer: spring, as: code, outcomes: {given: send-code, sold_out: last, refused: last}}
  send-code:
    kind: send
    channel: email
    subject: {fi: Koodi}
    text: {fi: "Koodi {{ code }}. LOPETA"}
    outcomes: {sent: end}
  last: {kind: send, channel: sms, text: {fi: "Vielä kerran. LOPETA"}}
"""
RIVAL = """
keskio: dialogue/1
key: rival
title: {fi: Kilpailija}
purpose: marketing
languages: [fi]
trigger: {event: Signed Up}
reentry: always
steps:
  hi: {kind: send, channel: sms, text: {fi: "Tervetuloa! LOPETA"}}
"""


class Recorder(Witness):
    """Keeps (customer, dialogue, step, channel, moment) of each message of a replay."""

    replay: Replay

    def __init__(self) -> None:
        self.found: list[tuple[Any, ...]] = []

    def claimed(self, customer: int, inside: Inside, effect: do.SendMessage, channel: str) -> str:
        at = self.replay.world.now
        self.found.append((customer, inside.program.key, effect.step, channel, at))
        return ""


def lived(world: World, dice: random.Random) -> None:
    """Let some people live for two months in front of the live runner."""
    names = [f"person{number}" for number in range(8)]
    for number, name in enumerate(names):
        world.person(name, city=dice.choice(["Oulu", "Vaasa"]), phone=None if number == 7 else "")
    for _ in range(90):
        world.wait(hours=dice.choice([3, 7, 16]), minutes=dice.randrange(60))
        name = dice.choice(names)
        kind = dice.random()
        if kind < 0.6:
            world.tell(name, "Product Viewed", price=dice.choice([5, 20]))
        elif kind < 0.75:
            world.tell(name, "Signed Up")
        elif kind < 0.9:
            world.tell(name, "Order Completed", total=20)
        elif kind < 0.95:
            withdraw_consent(world.people[name], **SMS)
        else:
            give_consent(world.people[name], **SMS)
        world.settle()
    world.wait(days=10)


def sent_live() -> list[tuple[Any, ...]]:
    return sorted(
        fetch(
            "SELECT m.customer_id, d.key, m.step, m.channel, m.claimed_at FROM talk_message m"
            " JOIN talk_version v ON v.id = m.version_id JOIN talk_dialogue d ON d.id = v.dialogue_id"
            " WHERE m.state IN ('sent', 'delivered')"
        )
    )


@pytest.fixture
def world(clock: VirtualClock, settings: Any, tmp_path: Path) -> World:
    clock.turn_to(BEGINS)
    settings.DATA_DIR = tmp_path
    set_rules(Rules(caps=(Cap(limit=3, window=7 * 86_400_000_000),)), by="test")
    add_offer("spring", title={"fi": "Kevät"}, prefix="K", stock=5)
    publish(VIEWED)
    publish(RIVAL)
    return World(clock)


def test_a_replay_sends_what_the_live_runner_sent(world: World) -> None:
    lived(world, random.Random(4))
    live = sent_live()
    begins = int(BEGINS.timestamp() * 1_000_000)
    wish = Wish(text=VIEWED, since=begins, until=world.clock.micros(), answers="silence")
    asked = asked_by(wish)
    recorder = Recorder()
    with lake.engine() as engine:
        backtest = Backtest(asked, engine, noted_between(0, asked.until))
        progress = Progress()
        for _ in backtest.run(progress):
            pass
        counts = progress.counts["draft"]
        for customer, known, rows in backtest.customers():
            replay = Replay(
                backtest.casts["draft"],
                asked,
                type(counts)(),
                progress.cuts.get("draft", {}),
                recorder,
            )
            recorder.replay = replay
            replay.take(customer, known, rows)
    assert len(live) > 40
    assert {row[1] for row in live} == {"viewed", "rival"}
    assert {row[2] for row in live} == {"hello", "send-code", "last", "hi"}
    assert sorted(recorder.found) == live
    assert counts.coupons["spring|given"] == 5
    assert counts.coupons["spring|sold_out"] >= 1
    assert progress.counts["draft"] == progress.counts["live"]


def test_the_command_fails_when_a_limit_is_passed(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        name = f"someone{number}"
        world.person(name)
        world.tell(name, "Product Viewed", price=20)
    world.wait(days=4)
    monkeypatch.setattr(command, "use_installation", lambda **_: None)
    file = tmp_path / "draft.yaml"
    file.write_text(VIEWED, encoding="utf-8")
    days = [(BEGINS + timedelta(days=n)).date().isoformat() for n in (-1, 7)]
    base = [str(file), "--from", days[0], "--to", days[1]]

    def exits(*more: str) -> tuple[int, str]:
        done = CliRunner().invoke(command.backtest, [*base, *more])
        return done.exit_code, done.output

    code, told = exits()
    assert code == 0, told
    assert told.split()[:2] == ["draft", "live"]
    assert exits("--fail-if", "messages_per_person_week>3")[0] == 0
    code, told = exits("--fail-if", "messages_per_person_week>1", "--fail-if", "errors>0")
    assert (code, told.splitlines()[-1]) == (1, "Failed: messages_per_person_week>1")
    assert exits("--json")[1].startswith('{"versions":{"draft":{"figures":{"people_looked_at":3')
    assert exits("--stock", "spring=0")[0] == 0
    assert exits("--answers", "many")[0] == 2
