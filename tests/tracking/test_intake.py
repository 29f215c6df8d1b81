from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, transaction
from hypothesis import given
from hypothesis import strategies as st

from keskio.events import api as events
from keskio.events import queries
from keskio.events.contracts import Envelope, Fault, NewEvent, Placed, SpoolRow
from keskio.kernel.clock import VirtualClock, now_micros
from keskio.kernel.sql import fetch, run
from keskio.tracking.intake import Intake
from keskio.tracking.models import Quarantined, Seen
from keskio.tracking.texts import unwritten
from tests.tracking import takings
from tests.tracking.takings import log, make_intake, set_aside, spool, take_all, track

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_batch_becomes_events_and_the_cursor_moves() -> None:
    spool({"batch": [track("m1"), track("m2", user="u2")]})
    assert take_all() == 1
    assert log() == [(1, "e", "m1"), (2, "e", "m2")]
    assert events.cursor_of("intake") == events.spooled_after(0, 10)[-1].id
    assert take_all() == 1
    assert len(log()) == 2


def test_large_rows_come_a_few_at_a_time_and_all_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Letters with files would else fill the memory, a thousand at once."""
    for number in range(5):
        spool(track(f"m{number}", properties={"long": "x" * 1000}))
    for place in (queries, events):
        monkeypatch.setattr(place, "MOST_BYTES", 2000)
    assert len(events.spooled_after(0, 10)) == 2
    assert take_all() == 3
    assert [message for _, _, message in log()] == [f"m{number}" for number in range(5)]


def test_an_event_keeps_its_times_source_and_body() -> None:
    spool(
        {"batch": [track("m1", timestamp="2020-01-01T00:00:00Z", properties={"a": 1})]},
        own_time=True,
    )
    [row] = events.spooled_after(0, 1)
    take_all()
    [event] = events.events_after(0, 10)
    assert (event.at, event.received_at, event.source) == (1577836800000000, row.received_at, 10)
    assert json.loads(event.body)["properties"] == {"a": 1}


def test_duplicates_are_dropped_within_a_batch_and_across_batches_by_source() -> None:
    spool({"batch": [track("m1"), track("m1", user="u2")]})
    spool({"batch": [track("m1")]}, source=11)
    take_all()
    spool({"batch": [track("m1"), track("m2")]})
    take_all()
    assert log() == [(1, "e", "m1"), (1, "e", "m1"), (1, "e", "m2")]


def test_duplicates_are_known_for_at_least_seven_days(clock: VirtualClock) -> None:
    from keskio.tracking.seen import SLICES, Forgetting

    def forget() -> None:
        forgetting = Forgetting()
        for _ in range(SLICES):
            forgetting(clock.micros())
        assert forgetting(clock.micros()) is False

    spool({"batch": [track("m1")]})
    take_all()
    clock.advance(timedelta(days=7, hours=23))
    forget()
    spool({"batch": [track("m1")]})
    take_all()
    assert len(log()) == 1
    clock.advance(timedelta(days=2))
    forget()
    assert Seen.objects.count() == 0


def test_a_bad_item_is_set_aside_once_and_its_neighbours_are_stored() -> None:
    for _ in range(2):
        spool({"batch": [track("m1"), track("m2", event=None), {"type": "x"}, track("m3")]})
    take_all()
    assert [message for _, _, message in log()] == ["m1", "m3"]
    assert [reason for reason, _ in set_aside()] == ["no_event", "unknown_type"]


def test_a_corrected_item_with_the_same_id_is_taken() -> None:
    spool({"batch": [track("m1", event=None)]})
    spool({"batch": [track("m1")]})
    take_all()
    assert log() == [(1, "e", "m1")]


def test_within_a_batch_time_decides_the_order() -> None:
    alias = {"type": "alias", "userId": "u1", "previousId": "u0", "messageId": "late"}
    spool({**alias, "timestamp": "2026-03-02T06:00:01Z"}, path="a", own_time=True)
    spool(track("early", timestamp="2026-03-02T06:00:00Z"), path="t", own_time=True)
    take_all()
    assert [message for _, _, message in log()] == ["early", "late"]


def test_what_follows_from_a_batch_comes_right_after_it() -> None:
    identify = {"type": "identify", "userId": "u1", "messageId": "m1", "traits": {"consent": 1}}
    spool({"batch": [identify]})
    spool({"batch": [track("m2")]})
    take_all(make_intake(batch=1))
    assert [name for _, name, _ in log()] == ["customer.identified", "consent.given", "e"]


def test_large_requests_and_many_small_ones_make_batches_of_like_size() -> None:
    sizes: list[int] = []

    def resolve(envelopes: Sequence[Envelope]) -> Placed:
        sizes.append(len(envelopes))
        return takings.resolve(envelopes)

    intake = make_intake(batch=10, resolve=resolve)
    for number in range(25):
        spool(track(f"s{number}"), path="t")
    for number in range(5):
        spool({"batch": [track(f"l{number}-{n}") for n in range(15)]})
    take_all(intake)
    assert sum(sizes) == 100
    assert max(sizes) <= 10 + 15
    assert len(sizes) <= 10


def test_two_workers_take_a_row_once() -> None:
    spool({"batch": [track("m1")]})
    first = make_intake()

    def resolve(envelopes: Sequence[Envelope]) -> Placed:
        return takings.resolve(envelopes)

    late = make_intake(resolve=resolve)
    position = events.cursor_of("intake")
    read = late._read(events.spooled_after(position, 10))
    first.turn(now_micros())
    late._commit(position, read, late._take, now_micros())
    assert log() == [(1, "e", "m1")]


def test_a_turn_that_fails_on_the_database_changes_nothing_and_is_taken_again() -> None:
    spool({"batch": [track("m1"), track("m2", event=None)]})
    troubles = [OperationalError("database is locked")]

    def absorb(envelopes: Sequence[Envelope], placed: Placed) -> list[NewEvent]:
        if troubles:
            raise troubles.pop()
        return []

    intake = make_intake(absorb=absorb)
    with pytest.raises(OperationalError):
        intake.turn(now_micros())
    assert (log(), set_aside(), events.cursor_of("intake"), Seen.objects.count()) == ([], [], 0, 0)
    intake.turn(now_micros())
    assert log() == [(1, "e", "m1")]
    assert set_aside() == [("no_event", "m2")]


# Poison.


def test_a_row_whose_parser_crashes_is_set_aside_whole_and_named() -> None:
    def crash(row: SpoolRow) -> tuple[list[Envelope], list[Fault]]:
        raise ZeroDivisionError("odd number")

    from keskio.tracking.segment import parse

    spool(b"\x00\xffbinary", kind="sms", source=3)
    spool({"batch": [track("m1")]})
    take_all(make_intake(parsers={"sms": crash, "segment": parse}))
    assert log() == [(1, "e", "m1")]
    [item] = Quarantined.objects.all()
    assert (item.kind, item.source_id, item.reason) == ("sms", 3, "parser_failed")
    assert item.sentence == "The parser of 'sms' failed: ZeroDivisionError: odd number."
    assert unwritten(item.item) == b"\x00\xffbinary"


def test_a_row_of_a_kind_that_nothing_reads_is_set_aside() -> None:
    spool(b"hello", kind="fax")
    spool({"batch": [track("m1")]})
    take_all()
    assert log() == [(1, "e", "m1")]
    assert [reason for reason, _ in set_aside()] == ["unknown_kind"]


def test_a_row_whose_meta_is_broken_does_not_stop_the_line() -> None:
    events.spool_row(kind="segment", source=1, meta="{", body=b"{}")
    spool({"batch": [track("m1")]})
    take_all()
    assert log() == [(1, "e", "m1")]
    assert [reason for reason, _ in set_aside()] == ["parser_failed"]


def test_an_event_that_cannot_be_taken_is_left_out_and_all_others_stored() -> None:
    def absorb(envelopes: Sequence[Envelope], placed: Placed) -> list[NewEvent]:
        if any(e.message_id == "m2" for e in envelopes):
            run("INSERT INTO events_cursor (name, position) VALUES ('left', 1)")
            raise KeyError("poison")
        return []

    spool({"batch": [track("m1"), track("m2"), track("m3")]})
    spool({"batch": [track("m4")]})
    take_all(make_intake(absorb=absorb))
    assert [message for _, _, message in log()] == ["m1", "m3", "m4"]
    [item] = Quarantined.objects.all()
    assert item.reason == "not_taken"
    assert item.sentence.startswith("1 of its 3 events could not be taken: KeyError: 'poison'.")
    assert events.cursor_of("left") == 0


def test_poison_in_the_whole_batch_still_lets_the_cursor_pass() -> None:
    def resolve(envelopes: Sequence[Envelope]) -> Placed:
        raise RuntimeError("nobody home")

    spool({"batch": [track("m1"), track("m2")]})
    take_all(make_intake(resolve=resolve))
    assert log() == []
    assert [reason for reason, _ in set_aside()] == ["not_taken"]
    assert take_all() == 1


# Any split, any repetition.


ITEMS = [
    track("m1"),
    track("m2", user="u2"),
    {"type": "identify", "userId": "u3", "messageId": "m3", "traits": {"consent": True}},
    {"type": "page", "anonymousId": "a4", "messageId": "m4", "name": "Home"},
    {"type": "group", "userId": "u1", "groupId": 7, "messageId": "m5"},
    track("m6", event=None),
    track("m7", timestamp="never"),
    track("m8", user="u2", context={"traits": {"x": 1}}),
]


def turn_and_crash(intake: Intake) -> None:
    with transaction.atomic():
        intake.turn(now_micros())
        raise KeyboardInterrupt


requests = st.lists(
    st.lists(st.sampled_from(range(len(ITEMS))), min_size=1, max_size=6), max_size=6
)


def canonical() -> tuple[list[Any], list[Any]]:
    told = sorted(
        (e.customer, e.name, e.message_id, e.source, json.dumps(json.loads(e.body), sort_keys=True))
        for e in events.events_after(0, 10_000)
        if e.message_id
    )
    return told, sorted(set_aside())


def empty() -> None:
    tables = ("events_event", "events_cursor", "tracking_seen", "tracking_quarantined")
    for table in tables:
        run(f"DELETE FROM {table}")
    from django.conf import settings

    run("DELETE FROM events_spooled", using=settings.SPOOL_ALIAS)


@given(split=requests, batch=st.integers(1, 7), crashes=st.lists(st.booleans(), max_size=4))
def test_any_split_and_repetition_of_the_same_items_gives_the_same_log(
    split: list[list[int]], batch: int, crashes: list[bool]
) -> None:
    empty()
    spool({"batch": ITEMS})
    take_all()
    expected = canonical()
    empty()
    for numbers in split:
        if len(numbers) == 1:
            spool(ITEMS[numbers[0]])
        else:
            spool({"batch": [ITEMS[n] for n in numbers]})
    for item in ITEMS:
        spool({"batch": [item]})
    intake = make_intake(batch=batch)
    for crash in crashes:
        if crash:
            with pytest.raises(KeyboardInterrupt):
                turn_and_crash(intake)
        else:
            intake.turn(now_micros())
    take_all(intake)
    assert canonical() == expected


def test_what_was_seen_is_small() -> None:
    spool({"batch": [track(f"message-{n}-{'x' * 60}") for n in range(50)]})
    take_all()
    rows = fetch("SELECT high, low, seen_on FROM tracking_seen")
    assert len(rows) == 50
    assert len({(high, low) for high, low, _ in rows}) == 50
