"""A theme that rises alerts once, with examples; noise, copies and repeats do not."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from keskio.events.api import events_named
from keskio.kernel.clock import VirtualClock, now_micros
from keskio.listen.actions import take_in
from keskio.listen.contracts import RISING, Post
from keskio.listen.hearing import Hearing
from keskio.listen.models import Mention, WriterDecision
from keskio.listen.trends.models import Alert
from keskio.listen.trends.watching import HOUR, SETTLED, Watch
from tests.listen.hearing_reader import MarkReader

pytestmark = pytest.mark.django_db

WORDS = [
    "yksi",
    "kaksi",
    "kolme",
    "neljä",
    "viisi",
    "kuusi",
    "seitsemän",
    "kahdeksan",
    "ysi",
    "kymppi",
]


def said(key: str, at: int, *, author: str = "", text: str = "") -> Post:
    """Return a message about queues, in words of its own."""
    number = sum(map(ord, key)) + at // HOUR
    own = " ".join(WORDS[(number * k) % 10] for k in (1, 3, 7))
    text = text or f"Pankin jono {own} {key}"
    return Post(
        source="s", source_id=key, text=text, at=at, author=author or key, channel="mastodon"
    )


def quiet_weeks(clock: VirtualClock) -> None:
    """Let three weeks pass with one message every other day, and read them."""
    start = now_micros()
    take_in([said(f"q{day}", start + day * 24 * HOUR) for day in range(0, 21, 2)])
    clock.advance(timedelta(days=21))
    read()


def read() -> None:
    """Read what has come in, and take the hour's look."""
    job = Hearing(MarkReader)
    while job.turn(now_micros()):
        pass
    Watch().turn(now_micros())


def rise(count: int, **other: str) -> None:
    """Let so many people speak of queues within the last hour."""
    base = now_micros() - HOUR
    take_in([said(f"r{n}-{base}", base + n * 60_000_000, **other) for n in range(count)])


def test_a_rise_alerts_once_with_examples_and_ends(clock: VirtualClock) -> None:
    quiet_weeks(clock)
    clock.advance(timedelta(hours=1))
    rise(6)
    read()
    alert = Alert.objects.get(theme="queues")
    assert (alert.authors, alert.closed_at, len(alert.examples)) == (6, None, 5)
    assert alert.expected < 1
    events, _ = events_named({RISING}, after=0, limit=10)
    told = [json.loads(event.body)["properties"] for event in events]
    assert sorted(one["theme"] for one in told) == ["*", "queues"]
    assert told[0]["examples"] == alert.examples

    clock.advance(timedelta(hours=1))
    rise(4)
    read()
    assert Alert.objects.filter(theme="queues").count() == 1
    assert Alert.objects.get(theme="queues").most == 10

    clock.advance(timedelta(hours=30))
    read()
    assert Alert.objects.filter(closed_at=None).count() == 0
    assert len(events_named({SETTLED}, after=0, limit=10)[0]) == 2


def test_four_people_do_not_make_a_rise(clock: VirtualClock) -> None:
    quiet_weeks(clock)
    clock.advance(timedelta(hours=1))
    rise(4)
    read()
    assert Alert.objects.count() == 0


def test_one_person_who_writes_much_does_not_make_a_rise(clock: VirtualClock) -> None:
    quiet_weeks(clock)
    clock.advance(timedelta(hours=1))
    rise(30, author="ville")
    read()
    assert Alert.objects.count() == 0


def test_copies_of_one_text_are_counted_apart(clock: VirtualClock) -> None:
    quiet_weeks(clock)
    clock.advance(timedelta(hours=1))
    rise(30, text="Pankin jono oli tänään aivan kohtuuton ja kukaan ei pahoitellut sitä mitenkään")
    read()
    assert Alert.objects.count() == 0
    assert Mention.objects.filter(near_of__gt=0).count() == 29


def test_accounts_that_a_person_suspects_do_not_count(clock: VirtualClock) -> None:
    quiet_weeks(clock)
    clock.advance(timedelta(hours=1))
    rise(6)
    for mention in Mention.objects.filter(source_id__startswith="r")[:2]:
        WriterDecision.objects.create(
            author_key=mention.author_key,
            kind="suspected",
            decided_by="eija",
            decided_at=now_micros(),
        )
    read()
    assert Alert.objects.count() == 0


def test_an_hour_is_looked_at_once(clock: VirtualClock) -> None:
    quiet_weeks(clock)
    rise(9)
    read()
    assert Alert.objects.count() == 0


def test_a_week_must_be_known_before_anything_is_unusual(clock: VirtualClock) -> None:
    rise(9)
    clock.advance(timedelta(hours=1))
    read()
    assert Alert.objects.count() == 0
