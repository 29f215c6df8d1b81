"""Unread mentions are read in batches; what concerns us is told to the log, once each."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest

from keskio.events.api import append_events, cursor_of, events_named
from keskio.events.contracts import NewEvent
from keskio.jobs.contracts import Job
from keskio.kernel.clock import VirtualClock, now_micros
from keskio.kernel.holdings import Person
from keskio.listen import hearing
from keskio.listen.actions import take_in, take_texts_away
from keskio.listen.contracts import GONE, HEARD, Gone, Post, Reading
from keskio.listen.following import CURSOR, VoicesFollower
from keskio.listen.hearing import Hearing, Unread
from keskio.listen.holdings import Heard
from keskio.listen.keeping import prune_texts
from keskio.listen.models import (
    Mention,
    MentionEmotion,
    MentionTheme,
    Policy,
    Reread,
    WriterDecision,
)
from tests.listen.hearing_reader import MarkReader

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def post(number: int, text: str = "Pankin jono oli taas pitkä", **other: object) -> Post:
    """Return a message of the source `mastodon`, a second later than the one before."""
    told: dict[str, object] = {"author": "aino@example.social", "channel": "mastodon", **other}
    at = now_micros() + number * 1_000_000
    return Post(source="mastodon", source_id=str(number), text=text, at=at, **told)  # type: ignore[arg-type]


def hear(reader: MarkReader | None = None, batch: int = 500) -> None:
    """Read until nothing is left."""
    finish(Hearing(lambda: reader or MarkReader(), batch=batch))


def finish(job: Job) -> None:
    """Let a job take turns until it has no more."""
    while job.turn(now_micros()):
        pass


def heard() -> list[int]:
    """Return the numbers of the mentions of which the log tells."""
    events, _ = events_named({HEARD}, after=0, limit=1000)
    return [json.loads(event.body)["properties"]["mention"] for event in events]


def numbers() -> list[int]:
    """Return the numbers of the mentions that concern us."""
    return list(Mention.objects.filter(is_match=True).order_by("id").values_list("id", flat=True))


def test_readings_are_stored_with_their_evidence_and_the_log_is_told_of_matches() -> None:
    take_in([post(1), post(2, "Kaunis ilma tänään")])
    hear()
    first, second = Mention.objects.order_by("id")
    assert (first.state, first.is_match, first.themes, first.side) == (
        "read",
        True,
        {"queues": 1.0},
        "physical",
    )
    step = {"name": "match", "said": "match", "words": [["jono", 0.0, "business"]]}
    assert first.evidence == [step]
    assert (second.state, second.is_match) == ("read", False)
    assert list(MentionTheme.objects.values_list("mention_id", "theme")) == [(first.pk, "queues")]
    assert list(MentionEmotion.objects.values_list("mention_id", "emotion")) == [
        (first.pk, "anger")
    ]
    assert heard() == [first.pk]


def test_the_log_is_told_without_the_text_or_the_handle() -> None:
    take_in([post(1)])
    hear()
    event = events_named({HEARD}, after=0, limit=10)[0][0]
    assert "Pankin" not in event.body
    assert "aino" not in event.body


def test_reading_again_tells_nobody_twice_and_doubles_nothing() -> None:
    take_in([post(1), post(2, reposts=1)])
    hear()
    take_in([post(1, text="Pankin jono oli pitkä ja kortti hukkui"), post(2, reposts=8)])
    hear()
    assert heard() == numbers()
    assert sorted(MentionTheme.objects.values_list("theme", flat=True)) == [
        "cards",
        "queues",
        "queues",
    ]


@pytest.mark.parametrize("broken", ["run_many", "append_events", "run", "fetch"])
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_crash_between_statements_loses_nothing_and_doubles_nothing(
    broken: str, nth: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_in([post(n) for n in range(1, 8)])
    real: Callable[..., object] = getattr(hearing, broken)
    calls = []

    def breaks(*args: object, **kwargs: object) -> object:
        calls.append(1)
        if len(calls) == nth:
            raise ConnectionError("the power went")
        return real(*args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(hearing, broken, breaks)
        try:
            hear(batch=5)
        except ConnectionError:
            assert len(heard()) in {0, 5}
            assert Mention.objects.filter(state="read").count() == len(heard())
    hear(batch=5)
    assert heard() == numbers()
    assert len(heard()) == 7
    assert MentionTheme.objects.count() == 7


def test_a_text_that_cannot_be_read_does_not_stop_the_others() -> None:
    take_in([post(1), post(2, "Pankki XXX"), post(3)])
    hear()
    states = Mention.objects.order_by("id").values_list("state", flat=True)
    assert list(states) == ["read", "failed", "read"]


def test_a_reader_that_can_read_nothing_marks_nothing_as_failed() -> None:
    class Broken(MarkReader):
        def read(self, posts: Sequence[Unread]) -> list[Reading]:
            raise RuntimeError("no table of weights")

    take_in([post(1)])
    with pytest.raises(RuntimeError):
        hear(Broken())
    assert Mention.objects.get().state == "unread"


def test_what_is_changed_or_deleted_while_it_is_read_waits_for_the_next_turn() -> None:
    class Slow(MarkReader):
        def read(self, posts: Sequence[Unread]) -> list[Reading]:
            if not self.batches:
                take_in([post(1, text="Kortti jäi automaattiin")], [Gone("mastodon", "2")])
            return super().read(posts)

    take_in([post(1), post(2)])
    slow = Slow()
    hear(slow)
    assert heard() == []
    hear(slow)
    first, second = Mention.objects.order_by("id")
    assert (first.state, first.themes) == ("read", {"cards": 1.0})
    assert (second.state, second.text, second.is_told) == ("gone", "", False)
    assert heard() == [first.pk]


def test_copies_of_a_text_point_at_the_first() -> None:
    long = "Pankin jono oli tänään taas aivan kohtuuttoman pitkä ja kukaan ei tiennyt miksi"
    take_in([post(1, long), post(2, f"RT @aino@example.social: {long}"), post(3)])
    hear()
    hear_again = Hearing(MarkReader)
    take_in([post(4, long + " https://example.org/x")])
    finish(hear_again)
    first = Mention.objects.order_by("id").values_list("id", flat=True)[0]
    assert list(Mention.objects.order_by("id").values_list("near_of", flat=True)) == [
        0,
        first,
        0,
        first,
    ]


def test_handles_are_kept_only_where_they_are_needed_for_answering() -> None:
    take_in([post(1), post(2, "Kaunis ilma tänään")])
    hear()
    assert list(Mention.objects.order_by("id").values_list("author", flat=True)) == [
        "aino@example.social",
        "",
    ]
    Policy.objects.create(handles="none")
    take_in([post(3)])
    hear()
    assert Mention.objects.get(source_id="3").author == ""
    assert Mention.objects.get(source_id="3").author_key != ""


def test_a_persons_decision_says_whose_an_account_is() -> None:
    take_in([post(1)])
    key = Mention.objects.get().author_key
    WriterDecision.objects.create(
        author_key=key, customer_id=77, decided_by="eija", decided_at=now_micros()
    )
    hear()
    assert Mention.objects.get().customer_id == 77
    assert events_named({HEARD}, after=0, limit=10)[0][0].customer == 77


def test_a_wish_reads_again_what_came_after_a_day_and_ends() -> None:
    take_in([post(1), post(2, "Kaunis ilma tänään")])
    hear()
    Reread.objects.create(asked_at=now_micros(), asked_by="eija", since=now_micros())
    reader = MarkReader("test 2")
    hear(reader, batch=1)
    assert set(Mention.objects.values_list("read_with", "state")) == {("test 2", "read")}
    wish = Reread.objects.get()
    assert (wish.read, wish.done_at is not None) == (2, True)
    assert len(heard()) == 1


def test_what_people_tell_us_alone_is_read_but_never_told_as_public() -> None:
    answered = '{"properties": {"survey": "nps", "response": 5, "comment": "Jono oli kovin pitkä"}}'
    received = '{"properties": {"channel": "email", "text": "Kortti katosi postissa taas", "subject": "Hei"}}'
    short = '{"properties": {"channel": "sms", "text": "A"}}'
    append_events(
        [
            NewEvent(7, "survey.answered", now_micros(), answered),
            NewEvent(8, "message.received", now_micros(), received),
            NewEvent(8, "message.received", now_micros(), short),
        ]
    )
    finish(VoicesFollower())
    hear()
    rows = Mention.objects.order_by("id").values_list(
        "channel", "customer_id", "is_private", "themes"
    )
    assert list(rows) == [
        ("survey", 7, True, {"queues": 1.0}),
        ("email", 8, True, {"cards": 1.0}),
    ]
    assert heard() == []
    assert cursor_of(CURSOR) > 0


def test_texts_go_when_their_time_is_up_and_copies_are_told(clock: VirtualClock) -> None:
    take_in([post(1), post(2, "Kaunis ilma tänään")])
    hear()
    clock.advance(timedelta(days=31))
    assert prune_texts(now_micros()) is False
    assert list(Mention.objects.order_by("id").values_list("state", flat=True)) == ["read", "gone"]
    clock.advance(timedelta(days=365))
    prune_texts(now_micros())
    assert list(Mention.objects.values_list("text", "author", "gone_why").distinct()) == [
        ("", "", "time")
    ]
    assert len(events_named({GONE}, after=0, limit=10)[0]) == 1
    assert MentionTheme.objects.count() == 1


def test_a_person_gets_their_messages_and_may_have_them_erased() -> None:
    take_in([post(1), post(2, author="eero@example.social")])
    hear()
    person = Person(records=(5,), identifiers=(("mastodon", "aino@example.social"),))
    assert [row["source_id"] for row in Heard().export(person)] == ["1"]
    assert Heard().erase(person, now_micros()) == 1
    assert Heard().erase(person, now_micros()) == 0
    take_in([post(1)])
    rows = Mention.objects.order_by("id").values_list("text", "author_key")
    assert rows[0] == ("", "")
    assert rows[1][0] != ""


def test_taking_away_twice_tells_once() -> None:
    take_in([post(1)])
    hear()
    ids = numbers()
    assert take_texts_away(ids, why="deleted", at=now_micros()) == 1
    assert take_texts_away(ids, why="deleted", at=now_micros()) == 0
    assert len(events_named({GONE}, after=0, limit=10)[0]) == 1
