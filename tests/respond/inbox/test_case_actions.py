"""What people do to cases: each change with its entry, its event, its clocks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from keskio.engine.clocks import Took, resolutions
from keskio.kernel.clock import VirtualClock, now
from keskio.kernel.sql import fetch
from keskio.respond.inbox import actions as do
from keskio.respond.inbox import contracts as c
from keskio.respond.inbox.calendars import Book
from keskio.respond.inbox.clockwork import kept_of, standing_of
from keskio.respond.inbox.models import Calendar, Case, Entry, Target, Timing
from keskio.talk.api import held_back

from .conftest import helsinki

pytestmark = pytest.mark.django_db

Told = Callable[..., list[dict[str, Any]]]


def opened(customer: int, **about: Any) -> Case:
    told = {"channel": "email", "text": "Pyörä meni rikki.", "address": "aino@example.com"} | about
    case = do.open_case(customer=customer, **told)
    return Case.objects.get(pk=case.pk)


def entries(case: Case) -> list[tuple[str, str, str]]:
    rows = Entry.objects.filter(case=case).order_by("number")
    return [(row.kind, row.author, row.what or row.text) for row in rows]


def test_opening_writes_the_case_its_message_and_its_clocks(
    clock: VirtualClock, aino: int, queue: Any, told: Told
) -> None:
    case = opened(aino, subject="Pyörä", kind=c.COMPLAINT, severity=c.SERIOUS)
    # A complaint by e-mail: an answer within four working hours of 8-16.
    assert (case.state, case.due_at, case.due_kind) == (c.NEW, helsinki(2, "13:00"), "first")
    assert (case.warn_at, case.look_at) == (helsinki(2, "12:00"), helsinki(2, "12:00"))
    assert (case.preview, case.preview_by, case.unread_count) == (
        "Pyörä meni rikki.",
        "customer",
        1,
    )
    assert (case.queue, case.assignee) == ("service", "eero")
    assert entries(case) == [
        ("event", "bot", "opened"),
        ("in", "customer", "Pyörä meni rikki."),
        ("event", "bot", "assigned"),
    ]
    events = told()
    assert [event["name"] for event in events] == ["case.opened", "case.assigned"]
    assert (events[0]["case"], events[0]["kind"], events[0]["severity"]) == (
        case.pk,
        c.COMPLAINT,
        c.SERIOUS,
    )
    assert list(Timing.objects.values_list("clock", "number", "stopped_at")) == [
        ("first", 1, None),
        ("resolution", 1, None),
    ]


def test_the_same_source_opens_one_case(clock: VirtualClock, aino: int) -> None:
    one = opened(aino, source=("mention", "7"))
    assert do.open_case(customer=aino, channel="email", text="x", source=("mention", "7")) == one
    assert Case.objects.count() == 1


def test_cases_go_to_whom_has_least(clock: VirtualClock, aino: int, queue: Any) -> None:
    assert [opened(aino).assignee for _ in range(3)] == ["eero", "siiri", "eero"]


def test_an_answer_goes_by_the_ledger_and_stops_the_clock(
    clock: VirtualClock, aino: int, told: Told
) -> None:
    case = opened(aino, subject="Pyörä", reply_to="<1@example.com>")
    clock.turn_to(helsinki(2, "10:30"))
    entry = do.reply(case.pk, "Hei! Tuo se käymään.", by="eero")
    case.refresh_from_db()
    assert (case.state, case.assignee, case.unanswered_since) == (c.WAITING, "eero", None)
    assert (entry.sending, entry.is_public, entry.is_open_to_all) == (c.SENDING, True, False)
    sql = (
        "SELECT customer_id, channel, enrolment_id, visit, content FROM talk_message WHERE id = %s"
    )
    ((customer, channel, of_case, number, content),) = fetch(sql, (entry.message_id,))
    assert (customer, channel, of_case, number) == (aino, "email", -case.pk, entry.number)
    assert '"Re: Pyörä"' in content
    assert "<1@example.com>" in content
    first = Timing.objects.get(clock="first")
    assert (first.working, first.calendar) == (90 * 60 * 10**6, 90 * 60 * 10**6)
    assert told("case.replied")[0]["by"] == "eero"


def test_an_answer_without_an_address_is_refused_and_nothing_is_kept(
    clock: VirtualClock, aino: int, told: Told
) -> None:
    case = opened(aino, channel="call", address="")
    with pytest.raises(do.CannotAnswer):
        do.reply(case.pk, "Hei", by="eero")
    with pytest.raises(do.CannotAnswer):
        do.reply(case.pk, "  ", by="eero")
    case.refresh_from_db()
    assert (case.state, case.version, told("case.replied")) == (c.NEW, 1, [])
    assert not Entry.objects.filter(kind=c.OUT).exists()


def test_a_call_is_answered_where_its_number_can_be(clock: VirtualClock, aino: int) -> None:
    case = opened(aino, channel="call", address="+358401230001")
    assert do.reply(case.pk, "Hei", by="eero").channel == "sms"


def test_automatic_answers_stop_nothing(clock: VirtualClock, aino: int) -> None:
    case = opened(aino)
    do.add_entry(case.pk, kind=c.OUT, author=c.BOT, text="Kiitos viestistä!", is_public=True)
    do.note(case.pk, "Soitan iltapäivällä.", by="eero")
    case.refresh_from_db()
    assert case.due_kind == "first"
    assert case.preview_by == "note"
    do.add_entry(case.pk, kind=c.OUT, author=c.AGENT, text="Soitettu.", by="eero", is_public=True)
    case.refresh_from_db()
    assert case.first_answered_at == now()


def test_two_people_at_once_the_second_is_told(clock: VirtualClock, aino: int) -> None:
    case = opened(aino)
    do.close(case.pk, by="eero", version=case.version)
    for action in (
        lambda: do.reply(case.pk, "Hei", by="siiri", version=case.version),
        lambda: do.assign(case.pk, to="siiri", by="siiri", version=case.version),
        lambda: do.close(case.pk, by="siiri", version=case.version),
    ):
        with pytest.raises(do.ChangedMeanwhile):
            action()
    assert not Entry.objects.filter(by="siiri").exists()
    with pytest.raises(do.NoSuchCase):
        do.close(case.pk + 1, by="siiri")


def test_closing_and_reopening(clock: VirtualClock, aino: int, told: Told) -> None:
    case = opened(aino)
    do.reply(case.pk, "Hei", by="eero", then=c.CLOSED)
    case.refresh_from_db()
    assert (case.state, case.place, case.closed_by, case.look_at) == (
        c.CLOSED,
        c.DONE,
        "eero",
        None,
    )
    clock.turn_to(helsinki(3, "09:00"))
    do.reopen(case.pk, by="siiri")
    do.reopen(case.pk, by="siiri")
    case.refresh_from_db()
    assert (case.state, case.place, case.closed_at) == (c.OPEN, c.ACTIVE, None)
    assert case.due_at == helsinki(4, "09:00")
    assert [event["name"] for event in told()] == [
        "case.opened",
        "case.replied",
        "case.closed",
        "case.reopened",
    ]
    assert list(Timing.objects.order_by("pk").values_list("clock", "number")) == [
        ("first", 1),
        ("resolution", 1),
        ("first", 2),
        ("resolution", 2),
    ]


def test_a_message_wakes_reopens_and_counts(clock: VirtualClock, aino: int) -> None:
    case = opened(aino)
    do.reply(case.pk, "Hei", by="eero", then=c.CLOSED)
    clock.turn_to(helsinki(2, "12:00"))
    do.add_entry(case.pk, kind=c.IN, author=c.CUSTOMER, text="Ei auttanut!")
    case.refresh_from_db()
    assert (case.state, case.unread_count, case.due_kind) == (c.OPEN, 1, "first")
    do.mark_read(case.pk)
    do.reply(case.pk, "Pahoittelut", by="eero")
    do.snooze(case.pk, now() + timedelta(days=2), by="eero")
    case.refresh_from_db()
    assert (case.state, case.place) == (c.SNOOZED, c.ASLEEP)
    do.add_entry(case.pk, kind=c.IN, author=c.CUSTOMER, text="Hei?")
    case.refresh_from_db()
    assert (case.state, case.snoozed_until, case.due_kind) == (c.OPEN, None, "next")


def test_snoozing_into_the_past_and_of_the_closed_is_refused(
    clock: VirtualClock, aino: int
) -> None:
    case = opened(aino)
    with pytest.raises(do.NotPossible):
        do.snooze(case.pk, now(), by="eero")
    do.close(case.pk, by="eero")
    with pytest.raises(do.NotPossible):
        do.snooze(case.pk, now() + timedelta(days=1), by="eero")


def test_only_open_complaints_hold_campaigns_back(clock: VirtualClock, aino: int) -> None:
    case = opened(aino)
    assert held_back([aino]) == {}
    do.change(case.pk, kind=c.COMPLAINT, by="eero")
    assert list(held_back([aino])[aino].values()) == ["open_case"]
    do.close(case.pk, by="eero")
    assert held_back([aino]) == {}
    do.reopen(case.pk, by="eero")
    assert len(held_back([aino])) == 1
    do.change(case.pk, kind=c.PRAISE, by="eero")
    assert held_back([aino]) == {}
    other = opened(aino, kind=c.COMPLAINT)
    assert len(held_back([aino])) == 1
    do.change(other.pk, customer_id=aino + 1, by="eero")
    assert set(held_back([aino, aino + 1])) == {aino + 1}


def test_the_target_follows_the_kind(clock: VirtualClock, aino: int, told: Told) -> None:
    case = opened(aino)
    assert case.due_at == helsinki(3, "09:00")
    do.change(case.pk, kind=c.COMPLAINT, severity=c.CRITICAL, themes=["laatu"], by="eero")
    case.refresh_from_db()
    assert (case.due_at, case.severity, case.themes) == (helsinki(2, "13:00"), 3, ["laatu"])
    (event,) = told("case.changed")
    assert event["before"] == {"kind": "other", "severity": 1, "themes": []}
    for wrong in ({"kind": "anger"}, {"severity": 9}):
        with pytest.raises(do.NotPossible):
            do.change(case.pk, by="eero", **wrong)


def test_targets_of_ones_own_and_their_change(clock: VirtualClock, aino: int) -> None:
    calendar = Calendar.objects.create(
        key="evenings", weekly=[[["12:00", "20:00"]]] * 7, country="", days_off=["2026-03-02"]
    )
    Target.objects.create(calendar=calendar, channel="email", first_minutes=60)
    target = Target.objects.create(
        calendar=calendar, kind="complaint", first_minutes=30, warn_percent=50
    )
    assert opened(aino).due_at == helsinki(3, "13:00")
    complaint = opened(aino, kind=c.COMPLAINT)
    assert (complaint.due_at, complaint.warn_at) == (helsinki(3, "12:30"), helsinki(3, "12:15"))
    assert complaint.target_id == target.pk
    Target.objects.filter(pk=target.pk).update(first_minutes=120)
    do.retarget([complaint.pk])
    complaint.refresh_from_db()
    assert complaint.due_at == helsinki(3, "14:00")


def test_resolution_stands_still_while_the_customer_is_waited_for(
    clock: VirtualClock, aino: int
) -> None:
    case = opened(aino)
    do.reply(case.pk, "Mikä pyörä?", by="eero")
    case.refresh_from_db()
    assert (case.due_at, case.look_at) == (None, None)
    clock.turn_to(helsinki(4, "09:00"))
    do.add_entry(case.pk, kind=c.IN, author=c.CUSTOMER, text="Se sininen.")
    do.reply(case.pk, "Korjattu.", by="eero", then=c.CLOSED)
    case.refresh_from_db()
    hours = 60 * 60 * 10**6
    standing = standing_of(kept_of(case), Book())
    assert resolutions(standing) == (Took(16 * hours, 48 * hours),) * 2


def test_notes_are_nobody_elses_business(clock: VirtualClock, aino: int, told: Told) -> None:
    case = opened(aino)
    note = do.note(case.pk, "@siiri katsotko?", by="eero", told={"mentions": ["siiri"]})
    assert (note.is_public, note.message_id, note.sending) == (False, None, "")
    (event,) = told("case.noted")
    assert (event["mentions"], "text" in event) == (["siiri"], False)
    with pytest.raises(do.NotPossible):
        do.note(case.pk, " ", by="eero")
    assert fetch("SELECT count(*) FROM talk_message") == [(0,)]


def test_what_a_stranger_said_is_hers_once_she_is_known(clock: VirtualClock, aino: int) -> None:
    case = opened(0, channel="chat", address="")
    do.change(case.pk, customer_id=aino, by="eero")
    assert set(Entry.objects.filter(case=case).values_list("customer_id", flat=True)) == {aino}
    assert Case.objects.get(pk=case.pk).customer_id == aino
