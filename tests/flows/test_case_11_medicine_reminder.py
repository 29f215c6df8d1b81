"""Case 11: each day at the customer's own time; K or 142/88; one reminder; missed days; STOP at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from keskio.engine.pressure import Cap, Quiet, Rules
from keskio.kernel.clock import VirtualClock
from keskio.know.contracts import ConsentRow
from keskio.know.special import special_among
from keskio.talk.api import publish_built_in, publish_playbook, set_rules
from tests.flows.village import Village
from tests.talk.world import CONSENTS

pytestmark = [pytest.mark.flow, pytest.mark.django_db(transaction=True)]
HEALTH = (*CONSENTS, ConsentRow("health", "sms"))


@pytest.fixture
def world(clock: VirtualClock) -> Village:
    clock.turn_to(datetime(2026, 2, 1, 8, 0, tzinfo=UTC))  # ten o'clock in Helsinki
    cap = Cap(limit=2, window=7 * 86_400_000_000)  # of marketing: it does not hold reminders back
    set_rules(Rules(caps=(cap,), quiet=Quiet()), by="test")
    publish_built_in()
    publish_playbook("medicine-missed")
    publish_playbook("medicine-reminder")
    return Village(clock)


def reminders(world: Village, name: str) -> list[str]:
    """Return the steps of all messages to a customer after the first, which says how it works."""
    return [step for step in world.steps_to(name) if step != "welcome"]


def begin(world: Village, name: str = "hilja", at: str = "08:00", **more: Any) -> None:
    world.person(name, consents=HEALTH, medicine_time=at, **more)
    world.tell(name, "Medicine Reminder Asked", medicine="verenpainelääke")
    world.settle()


def test_each_day_at_the_own_time_answered_by_k_or_by_readings(world: Village) -> None:
    begin(world)
    assert reminders(world, "hilja") == []
    world.wait(hours=21.9)
    assert reminders(world, "hilja") == []
    world.wait(hours=0.2)  # eight o'clock next morning
    assert reminders(world, "hilja") == ["take-medicine"]
    world.reply("hilja", " k. ")
    world.wait(days=1)
    world.reply("hilja", "142/88")
    world.wait(days=1)
    world.reply("hilja", "138 / 85")
    world.wait(hours=3)
    assert reminders(world, "hilja") == ["take-medicine"] * 3
    answers = world.events_of("hilja", "health.answered")
    assert [answer.get("value", answer["choice"]) for answer in answers] == [
        "K",
        [142, 88],
        [138, 85],
    ]


def test_the_own_time_is_each_ones_own_also_in_the_evening(world: Village) -> None:
    begin(world, "hilja", "08:00")
    begin(world, "otto", "22:15")
    world.wait(hours=12.3)
    assert (reminders(world, "hilja"), reminders(world, "otto")) == ([], ["take-medicine"])


def test_no_answer_in_two_hours_brings_one_reminder(world: Village) -> None:
    begin(world)
    world.wait(hours=22)
    world.wait(hours=1.9)
    assert reminders(world, "hilja") == ["take-medicine"]
    world.wait(hours=0.2)
    assert reminders(world, "hilja") == ["take-medicine", "remind"]
    world.wait(hours=10)
    assert reminders(world, "hilja") == ["take-medicine", "remind"]
    world.wait(days=1)
    assert reminders(world, "hilja")[2:] == ["take-medicine", "remind"]


def test_an_answer_to_the_reminder_counts_and_what_is_no_reading_is_guided(world: Village) -> None:
    begin(world)
    world.wait(hours=24.5)
    world.reply("hilja", "ihan kohta")
    world.settle()
    world.reply("hilja", "9999/3")
    world.settle()
    world.reply("hilja", "145/90")
    world.wait(hours=5)
    assert reminders(world, "hilja") == ["take-medicine", "remind", "guide", "guide"]
    (answer,) = world.events_of("hilja", "health.answered")
    assert answer["value"] == [145, 90]


def test_three_missed_days_are_a_task_and_the_reminders_go_on(world: Village) -> None:
    begin(world)
    world.wait(hours=22)
    world.reply("hilja", "K")
    world.wait(days=2, hours=6)  # two days without an answer
    assert world.tasks_of("hilja") == []
    world.wait(days=1)
    (task,) = world.tasks_of("hilja")
    assert task.queue == "nurse"
    assert "kolmeen päivään (verenpainelääke)" in task.title["fi"]
    before = len(reminders(world, "hilja"))
    world.wait(days=1)
    assert len(reminders(world, "hilja")) == before + 2
    assert len(world.tasks_of("hilja")) + len(world.tasks_of("hilja", state="overdue")) == 1


def test_stop_ends_it_at_once(world: Village) -> None:
    begin(world)
    world.wait(hours=22)
    world.reply("hilja", "LOPETA")
    world.wait(days=10)
    assert reminders(world, "hilja") == ["take-medicine", "confirm"]
    assert (2, "permission_withdrawn") in world.ends_of("hilja")


def test_without_the_consent_to_health_data_nothing_is_sent(world: Village) -> None:
    world.person("hilja", medicine_time="08:00")  # marketing alone is not enough
    world.tell("hilja", "Medicine Reminder Asked", medicine="verenpainelääke")
    world.wait(days=2)
    assert reminders(world, "hilja") == []
    assert {reason for _verdict, reason in world.reasons_of("hilja")} == {"no_permission"}


def test_the_customer_can_end_it_and_begin_again(world: Village) -> None:
    begin(world)
    world.wait(hours=22)
    world.reply("hilja", "K")
    world.tell("hilja", "Medicine Reminder Ended")
    world.wait(days=3)
    assert reminders(world, "hilja") == ["take-medicine"]
    world.tell("hilja", "Medicine Reminder Asked", medicine="verenpainelääke")
    world.wait(days=1, hours=3)
    assert reminders(world, "hilja")[1:] == ["take-medicine", "remind"]


def test_a_month_of_mornings_over_the_change_of_the_clock(world: Village) -> None:
    world.wait(days=49)  # the clock is moved ahead on 29 March
    begin(world)
    world.wait(hours=22.5)
    for _ in range(14):
        world.reply("hilja", "K")
        world.wait(days=1)
    times = [
        datetime.fromtimestamp(one["at"] / 1e6, UTC).hour
        for one in world.events_with_times("hilja", "message.sent")[1:]  # after the welcome
    ]
    assert times == [6] * 6 + [5] * 9


def test_the_series_is_shared_with_a_named_doctor_by_a_link_that_ends(world: Village) -> None:
    begin(world)
    welcome = world.texts_to("hilja")[0][1]
    own = next(word for word in welcome.split() if word.endswith("readings/"))
    assert "/p/" in own
    path = own[own.index("/p/") :]
    world.wait(hours=22.5)
    world.reply("hilja", "142/88")
    world.wait(days=1)
    world.reply("hilja", "K")
    world.settle()
    client = Client()
    page = client.get(path)
    assert [row.values for row in page.context["rows"]] == [(), (142.0, 88.0)]
    assert client.post(path, {"action": "share", "doctor": "", "days": "7"}).status_code == 422
    made = client.post(path, {"action": "share", "doctor": "Tri Virtanen", "days": "7"})
    shared = made.context["address"]
    shared = shared[shared.index("/readings/") :]
    told = client.get(shared)
    assert "Tri Virtanen" in told.content.decode()
    assert "142/88" in told.content.decode()
    assert told.headers["X-Robots-Tag"].startswith("noindex")
    assert client.get(shared[:-3] + "x/").status_code == 404  # made up
    assert world.events_of("hilja", "health.shared")[0]["doctor"] == "Tri Virtanen"

    world.wait(days=6)
    assert client.get(shared).status_code == 200
    world.wait(days=2)
    assert client.get(shared).status_code == 404  # it has ended
    again = client.post(path, {"action": "share", "doctor": "Tri Laine", "days": "90"})
    shared = again.context["address"]
    shared = shared[shared.index("/readings/") :]
    assert client.get(shared).status_code == 200
    world.clock.advance(timedelta(seconds=1))
    client.post(path, {"action": "end"})
    assert client.get(shared).status_code == 404

    world.reply("hilja", "LOPETA")
    world.settle()
    assert client.get(path).status_code == 404  # no consent, no page


def test_no_segment_is_built_on_health_data(world: Village) -> None:
    begin(world)
    world.wait(hours=22.5)
    world.reply("hilja", "K")
    world.settle()
    assert world.events_of("hilja", "dialogue.answered") == []
    assert special_among(events=["health.answered", "dialogue.answered"], traits=[]) == [
        "health.answered"
    ]
