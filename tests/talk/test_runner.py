"""The runner and the senders against the database: what the laws promise beyond one enrolment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from keskio.channels.api import make_reference
from keskio.channels.contracts import Result, Unknown
from keskio.engine.pressure import Cap, Rules
from keskio.kernel.clock import VirtualClock, from_micros
from keskio.kernel.sql import fetch, run
from keskio.know.contracts import ConsentRow
from keskio.talk.actions import NotUnknown
from keskio.talk.api import (
    CannotPublish,
    decide_unknown,
    invite,
    publish,
    set_dialogue_state,
    set_rules,
    take_out,
)
from tests.talk.world import World, books

pytestmark = pytest.mark.django_db(transaction=True)

WEEK = 7 * 86_400_000_000


def hello(key: str, *, trigger: str = "{event: Asked}", extra: str = "", steps: str = "") -> str:
    """Return a definition that sends one message when the trigger comes."""
    return f"""
keskio: dialogue/1
key: {key}
title: {{fi: Hei}}
purpose: marketing
languages: [fi]
trigger: {trigger}
{extra}
steps:
{steps or "  hello: {kind: send, channel: sms, text: {fi: Hei, en: Hi}}"}
"""


ASKING = """
  ask:
    kind: ask
    channel: [sms, email]
    text: {fi: "A vai B?"}
    for: 2 hours
    choices: {A: {}, B: {}}
    outcomes: {A: thanks, B: end, none: missed}
  thanks: {kind: send, channel: [sms, email], purpose: answer, text: {fi: Kiitos}, outcomes: {sent: end}}
  missed: {kind: end}
"""


@pytest.fixture
def world(clock: VirtualClock) -> World:
    clock.turn_to(datetime(2026, 3, 2, 10, 0, tzinfo=UTC))
    return World(clock)


def test_caps_count_across_dialogues(world: World) -> None:
    set_rules(Rules(caps=(Cap(limit=2, window=WEEK),)), by="test")
    for number in range(4):
        publish(hello(f"hello-{number}"))
    world.person("aino")
    world.tell("aino", "Asked")
    world.settle()
    assert len(world.outbox.sent) == 2
    assert world.reasons_of("aino") == [("held", "pressure")] * 2
    world.wait(days=6)
    assert len(world.outbox.sent) == 2
    world.wait(days=1)
    assert len(world.outbox.sent) == 4
    assert all(entered == found for entered, found in books().values())


def test_a_cap_of_zero_lets_nothing_through(world: World) -> None:
    set_rules(Rules(caps=(Cap(limit=0, window=WEEK),)), by="test")
    publish(hello("hello"))
    world.person("aino")
    world.tell("aino", "Asked")
    world.wait(days=30)
    assert world.outbox.sent == []
    assert world.reasons_of("aino") == [("dropped", "pressure")]


def test_quiet_hours_hold_until_the_customers_morning(world: World, clock: VirtualClock) -> None:
    publish(hello("hello"))
    clock.turn_to(
        datetime(2026, 3, 28, 20, 0, tzinfo=UTC)
    )  # 22 in Helsinki; the clocks change at 3
    world.person("aino")
    world.person("eero", timezone="America/New_York")
    world.tell("aino", "Asked")
    world.tell("eero", "Asked")
    world.settle()
    assert [o.to for o in world.outbox.sent] == ["+358401230002"]
    world.wait(hours=8, minutes=59)
    assert len(world.outbox.sent) == 1
    world.wait(minutes=1)
    assert [o.to for o in world.outbox.sent] == ["+358401230002", "+358401230001"]


def test_an_answer_from_before_the_deadline_beats_it_though_both_are_taken_late(
    world: World, clock: VirtualClock
) -> None:
    publish(hello("ask", steps=ASKING, extra="quiet: ignore"))
    world.person("aino")
    world.person("eero")
    for name in ("aino", "eero"):
        world.tell(name, "Asked")
    world.settle()
    asked = clock.micros()
    clock.advance(timedelta(hours=5))  # the machine stood still
    said = {"channel": "sms", "text": "A", "keyword": "", "reference": ""}
    at = from_micros(asked) + timedelta(hours=1, minutes=59)
    world.tell("aino", "message.received", at=at, **said)
    world.tell("eero", "message.received", at=at + timedelta(minutes=2), **said)
    world.settle()
    assert world.steps_to("aino") == ["ask", "thanks"]
    assert world.ends_of("eero") == [(1, "missed")]


def test_events_of_a_batch_are_taken_in_the_order_of_their_times(
    world: World, clock: VirtualClock
) -> None:
    publish(hello("hello", extra="exit: [Bought]\nquiet: ignore"))
    world.person("aino")
    later = from_micros(clock.micros())
    world.tell("aino", "Bought", at=later)
    world.tell("aino", "Asked", at=later - timedelta(seconds=1))
    world.settle()
    assert world.outbox.sent == []
    assert world.ends_of("aino") == [(2, "exit_event")]


def test_an_exit_takes_back_what_is_claimed_but_not_handed_over(world: World) -> None:
    publish(hello("hello", extra="exit: [Bought]\nquiet: ignore"))
    world.person("aino")
    world.tell("aino", "Asked")
    world.run()
    world.tell("aino", "Bought")
    assert world.send() == 0  # the log knows more than the runner: wait
    world.settle()
    assert world.outbox.sent == []
    assert fetch("SELECT state, reason FROM talk_message") == [("withdrawn", "taken_back")]
    assert world.ends_of("aino") == [(2, "exit_event")]


def test_consent_is_looked_at_again_at_the_hand_over(world: World) -> None:
    publish(hello("hello", extra="quiet: ignore"))
    world.person("aino", consents=[ConsentRow("marketing", "sms")])
    world.tell("aino", "Asked")
    world.run()
    run("UPDATE know_customer SET consents = '{}'")
    world.settle()
    assert world.outbox.sent == []
    assert world.ends_of("aino") == [(1, "hello.dropped.no_permission")]


def test_unknown_is_not_sent_again_until_a_person_decides(world: World) -> None:
    publish(hello("hello", extra="quiet: ignore"))
    world.person("aino")
    world.outbox.results = [Unknown("the line was cut")]
    world.tell("aino", "Asked")
    world.wait(days=3)
    ((message, state),) = fetch("SELECT id, state FROM talk_message")
    assert (state, world.outbox.sent) == ("unknown", [])
    assert world.ends_of("aino") == [(0, "")]
    decide_unknown(message, was_sent=True, by="aino@example.com")
    world.settle()
    assert world.ends_of("aino") == [(1, "hello.sent")]
    with pytest.raises(NotUnknown):
        decide_unknown(message, was_sent=False, by="aino@example.com")


def test_a_refused_message_fails_alone(world: World) -> None:
    publish(hello("hello", extra="quiet: ignore"))
    for name in ("aino", "eero", "siiri"):
        world.person(name)
    world.outbox.results = [
        Result("accepted", "1"),
        Result("refused", sentence="no such number", permanent=True),
        Result("accepted", "3"),
    ]
    for name in ("aino", "eero", "siiri"):
        world.tell(name, "Asked")
    world.settle()
    assert world.ends_of("aino") == world.ends_of("siiri") == [(1, "hello.sent")]
    assert world.ends_of("eero") == [(1, "hello.failed")]


def test_a_text_that_cannot_be_written_stops_nobody_else(world: World) -> None:
    text = "{% for i in (1..customer.many) %}{% for j in (1..customer.many) %}x{% endfor %}{% endfor %}"
    step = f"  hello: {{kind: send, channel: sms, text: {{fi: '{text}'}}}}"
    publish(hello("hello", extra="quiet: ignore", steps=step))
    world.person("aino", many=1)
    world.person("eero", many=2000)
    world.tell("aino", "Asked")
    world.tell("eero", "Asked")
    world.settle()
    assert world.ends_of("aino") == [(1, "hello.sent")]
    assert world.ends_of("eero") == [(1, "hello.dropped.broken_text")]


def test_one_customer_whose_state_is_broken_stops_nobody_else(world: World) -> None:
    publish(hello("ask", steps=ASKING, extra="quiet: ignore"))
    for name in ("aino", "eero"):
        world.person(name)
        world.tell(name, "Asked")
    world.settle()
    run("UPDATE talk_enrolment SET state = %s WHERE customer_id = %s", (b"x", world.people["eero"]))
    world.reply("eero", "A")
    world.reply("aino", "A")
    world.settle()
    assert world.ends_of("aino") == [(1, "thanks.sent")]
    assert world.ends_of("eero") == [(3, "broken_step")]
    assert all(entered == found for entered, found in books().values())


def test_the_same_event_taken_twice_enrols_once(world: World) -> None:
    publish(hello("hello", extra="quiet: ignore"))
    world.person("aino")
    world.tell("aino", "Asked")
    world.tell("aino", "Asked")
    world.settle()
    world.tell("aino", "Asked")
    world.settle()
    assert world.ends_of("aino") == [(1, "hello.sent")]
    assert world.reasons_of("aino") == [("refused", "already_inside"), ("refused", "been_here")]


@pytest.mark.parametrize(
    ("reentry", "times"),
    [("never", 1), ("after_end", 3), ("always", 3), ("{after: 3 days}", 2)],
)
def test_reentry(world: World, reentry: str, times: int) -> None:
    set_rules(Rules(), by="test")
    publish(hello("hello", extra=f"reentry: {reentry}"))
    world.person("aino")
    for _ in range(3):
        world.tell("aino", "Asked")
        world.wait(days=2)
    assert len(world.outbox.sent) == times


@pytest.mark.parametrize("batch", [1, 1000])
def test_reentry_counts_from_when_it_happened_however_late_it_is_taken(
    clock: VirtualClock, batch: int
) -> None:
    world = World(clock, batch=batch)
    extra = "reentry: {after: 3 days}"
    publish(hello("short", extra=extra, steps="  done: {kind: end}"))
    world.person("aino")
    monday = from_micros(clock.micros())
    world.tell("aino", "Asked", at=monday)
    clock.advance(timedelta(days=4))
    world.tell("aino", "Asked", at=monday + timedelta(days=4))
    world.run()
    assert len(world.ends_of("aino")) == 2
    assert world.reasons_of("aino") == []


def test_each_object_has_its_own_enrolment(world: World) -> None:
    extra = "object: car\nexit: [Sold]\nquiet: ignore"
    publish(hello("cars", steps=ASKING, extra=extra))
    world.person("aino")
    world.tell("aino", "Asked", car="ABC-1")
    world.tell("aino", "Asked", car="XYZ-2")
    world.tell("aino", "Asked", car="ABC-1")
    world.settle()
    world.tell("aino", "Sold", car="ABC-1")
    world.settle()
    rows = fetch("SELECT object_key, status FROM talk_enrolment ORDER BY object_key")
    assert rows == [("ABC-1", 2), ("XYZ-2", 0)]


def test_people_inside_stay_on_their_version(world: World) -> None:
    publish(hello("ask", steps=ASKING, extra="quiet: ignore"))
    world.person("aino")
    world.person("eero")
    world.tell("aino", "Asked")
    world.settle()
    second = publish(hello("ask", steps=ASKING.replace("Kiitos", "Kiitti"), extra="quiet: ignore"))
    assert second.number == 2
    world.tell("eero", "Asked")
    world.settle()
    world.reply("aino", "A")
    world.reply("eero", "A")
    world.settle()
    assert world.texts_to("aino")[1] == ("thanks", "Kiitos")
    assert world.texts_to("eero")[1] == ("thanks", "Kiitti")
    assert publish(second.document).number == 2  # the same again publishes nothing


def test_a_paused_dialogue_lets_nobody_in_and_sends_nothing(world: World) -> None:
    publish(hello("hello", extra="quiet: ignore"))
    world.person("aino")
    world.person("eero")
    world.tell("aino", "Asked")
    world.run()
    set_dialogue_state("hello", "paused")
    world.tell("eero", "Asked")
    world.settle()
    assert world.outbox.sent == []
    set_dialogue_state("hello", "live")
    world.settle()
    assert [o.to for o in world.outbox.sent] == ["+358401230001"]
    assert world.reasons_of("eero") == [("refused", "dialogue_paused")]


def test_a_keyword_starts_a_dialogue_but_not_while_a_question_is_open(world: World) -> None:
    publish(hello("ask", steps=ASKING, extra="quiet: ignore"))
    trigger = "{keyword: {channel: sms, words: [b, renkaat]}}"
    publish(hello("tyres", trigger=trigger, extra="quiet: ignore"))
    world.person("aino")
    world.tell("aino", "Asked")
    world.settle()
    world.reply("aino", "B")
    world.reply("aino", "Renkaat!")
    world.settle()
    keys = fetch(
        "SELECT d.key FROM talk_enrolment e JOIN talk_dialogue d ON d.id = e.dialogue_id ORDER BY e.id"
    )
    assert keys == [("ask",), ("tyres",)]


def test_an_answer_goes_to_the_message_that_it_answers(world: World) -> None:
    for key in ("first", "second"):
        publish(hello(key, steps=ASKING, extra="quiet: ignore"))
    world.person("aino")
    world.tell("aino", "Asked")
    world.settle()
    first = world.outbox.sent[0]
    reference = make_reference(first.message, world.people["aino"])
    world.reply("aino", "A", reference=reference)
    world.settle()
    rows = fetch("SELECT outcome FROM talk_enrolment ORDER BY id")
    assert rows == [("thanks.sent",), ("",)]


def test_an_answer_to_what_is_over_answers_no_other_question(world: World) -> None:
    for key in ("first", "second"):
        publish(hello(key, steps=ASKING, extra="quiet: ignore"))
    world.person("aino")
    world.tell("aino", "Asked")
    world.settle()
    reference = make_reference(world.outbox.sent[0].message, world.people["aino"])
    for _ in range(2):
        world.reply("aino", "A", reference=reference)
        world.settle()
    rows = fetch("SELECT outcome FROM talk_enrolment ORDER BY id")
    assert rows == [("thanks.sent",), ("",)]
    assert world.reasons_of("aino") == [("nothing", "no_open_question")]


def test_two_answers_to_one_message_both_go_there(world: World) -> None:
    for key in ("first", "second"):
        publish(hello(key, steps=ASKING, extra="quiet: ignore"))
    world.person("aino")
    world.tell("aino", "Asked")
    world.settle()
    reference = make_reference(world.outbox.sent[0].message, world.people["aino"])
    world.reply("aino", "A", reference=reference)
    world.reply("aino", "kiitos", reference=reference)
    world.settle()
    rows = fetch("SELECT outcome FROM talk_enrolment ORDER BY id")
    assert rows == [("thanks.sent",), ("",)]


def test_a_stop_in_one_channel_ends_the_conversation_held_there(world: World) -> None:
    publish(hello("ask", steps=ASKING, extra="quiet: ignore"))
    world.person("aino")
    world.tell("aino", "Asked")
    world.settle()
    world.reply("aino", "LOPETA")
    world.settle()
    assert world.ends_of("aino") == [(2, "permission_withdrawn")]


def report(world: World, name: str, status: str, **more: Any) -> None:
    """Let the provider report on the customer's last message."""
    message = world.outbox.sent[-1].message
    reference = make_reference(message, world.people[name])
    world.tell(name, "delivery.reported", reference=reference, status=status, **more)


def test_a_bounce_of_the_question_goes_its_own_way(world: World) -> None:
    steps = ASKING.replace("none: missed", "none: missed, bounced: missed")
    publish(hello("ask", steps=steps, extra="quiet: ignore"))
    world.person("aino")
    world.tell("aino", "Asked")
    world.settle()
    report(world, "aino", "bounced", detail="no such mailbox")
    report(world, "aino", "delivered")
    world.settle()
    assert world.ends_of("aino") == [(1, "missed")]
    assert fetch("SELECT state, reason FROM talk_message") == [("bounced", "no such mailbox")]


def test_waiting_for_delivery(world: World) -> None:
    step = "  hello: {kind: send, channel: sms, text: {fi: Hei}, outcomes: {delivered: end}}"
    publish(hello("hello", steps=step, extra="quiet: ignore\nends: 2026-04-01"))
    world.person("aino")
    world.tell("aino", "Asked")
    world.settle()
    assert world.ends_of("aino") == [(0, "")]
    report(world, "aino", "delivered")
    world.settle()
    assert world.ends_of("aino") == [(1, "hello.delivered")]


def test_bringing_in_and_taking_out_by_hand(world: World) -> None:
    publish(hello("ask", trigger="{hand: true}", steps=ASKING, extra="quiet: ignore"))
    aino = world.person("aino")
    invite("ask", [aino])
    world.settle()
    ((enrolment,),) = fetch("SELECT id FROM talk_enrolment")
    take_out(aino, enrolment, by="admin")
    world.settle()
    assert world.ends_of("aino") == [(2, "taken_out")]


def test_what_has_errors_is_not_published(world: World) -> None:
    with pytest.raises(CannotPublish) as caught:
        publish(hello("ask", steps=ASKING.replace("missed}", "nowhere}")))
    assert [f.code for f in caught.value.findings] == ["unknown_target", "unreachable"]
    assert fetch("SELECT count(*) FROM talk_version") == [(0,)]


def test_two_runners_do_the_work_of_one(world: World, clock: VirtualClock) -> None:
    publish(hello("hello", extra="quiet: ignore"))
    other = World(clock, owner="runner-2")
    world.person("aino")
    other.people = world.people
    world.tell("aino", "Asked")
    assert world.runner.turn(clock.micros())
    assert not other.runner.turn(clock.micros())
    clock.advance(timedelta(seconds=11))  # the first one is gone
    world.tell("aino", "Asked")
    assert other.runner.turn(clock.micros())
    other.settle()
    assert len(other.outbox.sent) == 1


def test_replaying_the_log_gives_the_same_enrolments(world: World, clock: VirtualClock) -> None:
    publish(hello("ask", steps=ASKING, extra="quiet: ignore"))
    for name in ("aino", "eero"):
        world.person(name)
        world.tell(name, "Asked")
    world.run()
    world.reply("aino", "A")
    world.reply("eero", "mitä")
    world.run()
    columns = "id, customer_id, status, step, outcome, due_at, state"
    before = fetch(f"SELECT {columns} FROM talk_enrolment ORDER BY id")
    decisions = fetch("SELECT customer_id, verdict, reason FROM talk_decision ORDER BY id")
    for table in ("enrolment", "message", "decision", "tally"):
        run(f"DELETE FROM talk_{table}")
    run("DELETE FROM events_event WHERE name LIKE 'dialogue.%%'")
    run("DELETE FROM events_cursor WHERE name LIKE 'talk%%'")
    run("DELETE FROM jobs_partition")
    again = World(clock)
    again.runner.turn(clock.micros())
    again.run()
    assert fetch(f"SELECT {columns} FROM talk_enrolment ORDER BY id") == before
    assert fetch("SELECT customer_id, verdict, reason FROM talk_decision ORDER BY id") == decisions


def test_a_new_version_does_not_bring_its_audience_in_again(world: World) -> None:
    trigger = "{audience: {at: 2026-03-02T13:00, who: {trait: earlier_customer, is: true}}}"
    world.person("aino")
    publish(hello("news", trigger=trigger))
    world.wait(hours=2)
    publish(hello("news", trigger=trigger, extra="priority: 70"))
    world.person("eero")
    world.wait(days=2)
    assert world.steps_to("aino") == ["hello"]
    assert world.ends_of("eero") == []
    assert world.reasons_of("aino") == []


def test_an_answer_leaves_before_a_campaign(world: World) -> None:
    publish(hello("campaign", extra="quiet: ignore"))
    answer = "  hello: {kind: send, channel: sms, purpose: answer, text: {fi: Vastaus}}"
    publish(hello("answer", trigger="{event: Wrote}", steps=answer))
    for name in ("aino", "eero"):
        world.person(name)
        world.tell(name, "Asked")
    world.tell("eero", "Wrote")
    world.run()
    first = world.senders["sms"].prepare(world.clock.micros(), 1)
    assert [ready.outgoing.text for ready in first] == ["Vastaus"]


def test_a_span_beyond_all_calendars_stops_nobody_else(world: World) -> None:
    publish(hello("long", trigger="{event: Came}", extra="reentry: {after: 99999999999 days}"))
    publish(hello("hello", extra="quiet: ignore"))
    for name in ("aino", "eero"):
        world.person(name)
    world.tell("aino", "Came")
    world.settle()
    world.tell("aino", "Came")
    world.tell("eero", "Asked")
    world.settle()
    assert world.steps_to("eero") == ["hello"]


def test_what_a_failing_provider_left_behind_is_unknown_when_the_sender_begins_anew(
    world: World, clock: VirtualClock
) -> None:
    publish(hello("hello", extra="quiet: ignore"))
    world.person("aino")
    world.tell("aino", "Asked")
    world.run()
    world.outbox.results.append(RuntimeError("a provider's own mistake"))
    with pytest.raises(RuntimeError):
        world.send()
    sender = world.senders["sms"]
    assert sender.reconcile(clock.micros()) == 0  # another call may be under way
    assert sender.reconcile(clock.micros(), is_beginning=True) == 1
    assert fetch("SELECT state FROM talk_message") == [("unknown",)]
    world.settle()
    assert world.outbox.sent == []


def test_a_message_for_the_morning_does_not_stand_before_one_that_may_go(
    world: World, clock: VirtualClock
) -> None:
    publish(hello("hello"))
    world.person("aino")
    world.person("eero", timezone="Atlantic/Azores")
    world.tell("aino", "Asked")
    world.tell("eero", "Asked")
    world.run()
    clock.turn_to(datetime(2026, 3, 2, 20, 0, tzinfo=UTC))  # nobody sent in time: 22 in Helsinki
    sender = world.senders["sms"]
    left = [r.outgoing.to for _ in range(2) for r in sender.prepare(clock.micros(), 1)]
    assert left == ["+358401230002"]
    clock.turn_to(datetime(2026, 3, 3, 6, 0, tzinfo=UTC))
    assert [r.outgoing.to for r in sender.prepare(clock.micros(), 1)] == ["+358401230001"]


def test_an_idle_machine_writes_nothing(world: World, clock: VirtualClock) -> None:
    publish(hello("hello"))
    world.person("aino")
    world.settle()
    written: list[str] = []

    def look(execute: Any, sql: str, *rest: Any) -> Any:
        written.extend([sql] if not sql.lstrip().startswith("SELECT") else [])
        return execute(sql, *rest)

    with connection.execute_wrapper(look):
        world.run()
        world.send()
        assert world.senders["sms"].reconcile(clock.micros()) == 0
    assert written == []
