"""Warned before, handed over after: once each, whatever the worker lives through."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from keskio.kernel.clock import VirtualClock, now, now_micros
from keskio.respond.assigning import seat
from keskio.respond.inbox import actions as do
from keskio.respond.inbox import changing, retargeting
from keskio.respond.inbox import contracts as c
from keskio.respond.inbox.looking import Lookout
from keskio.respond.inbox.models import Calendar, Case, Entry, Queue, Target
from keskio.respond.inbox.retargeting import Retargeter, ask_to_retarget

from .conftest import helsinki

pytestmark = pytest.mark.django_db

Told = Callable[..., list[dict[str, Any]]]


def look() -> None:
    while Lookout().turn(now_micros()):
        pass


def opened(customer: int) -> Case:
    # A complaint by e-mail: warned at 12, late after 13.
    case = do.open_case(
        customer=customer, channel="email", text="Rikki!", kind=c.COMPLAINT, address="a@example.com"
    )
    return Case.objects.get(pk=case.pk)


def done(case: Case) -> list[str]:
    rows = Entry.objects.filter(case=case, kind=c.EVENT).order_by("number")
    return [row.what for row in rows if row.what not in ("opened", "assigned")]


def test_warned_before_and_handed_over_after_once_each(
    clock: VirtualClock, aino: int, queue: Queue, told: Told
) -> None:
    case = opened(aino)
    for hour, expected in (
        ("11:59", []),
        ("12:00", ["warned"]),
        ("12:30", ["warned"]),
        ("13:00", ["warned"]),
        ("13:01", ["warned", "handed_over"]),
        ("15:00", ["warned", "handed_over"]),
    ):
        clock.turn_to(helsinki(2, hour))
        look()
        look()
        assert done(case) == expected
    case.refresh_from_db()
    assert (case.queue, case.assignee, case.look_at) == ("leads", "ville", None)
    warned, handed = told("case.warned"), told("case.handed_over")
    assert [event["clock"] for event in warned] == ["first"]
    assert handed[0]["before"] == {"queue": "service", "assignee": "eero"}


def test_after_downtime_the_late_are_handed_over_and_not_warned(
    clock: VirtualClock, aino: int, queue: Queue
) -> None:
    case = opened(aino)
    clock.turn_to(helsinki(5, "09:00"))
    look()
    assert done(case) == ["handed_over"]


def test_a_clock_that_jumps_back_does_nothing_again(
    clock: VirtualClock, aino: int, queue: Queue
) -> None:
    case = opened(aino)
    clock.turn_to(helsinki(2, "12:00"))
    look()
    clock.turn_to(helsinki(2, "09:00"))
    look()
    clock.turn_to(helsinki(2, "12:01"))
    look()
    assert done(case) == ["warned"]


def test_a_kill_in_the_middle_leaves_nothing_half_done(
    clock: VirtualClock, aino: int, queue: Queue, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = opened(aino)
    clock.turn_to(helsinki(2, "14:00"))

    class Killed(BaseException):
        pass

    def die(_events: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(changing, "append_events", die)
        with pytest.raises(Killed):
            Lookout().turn(now_micros())
    case.refresh_from_db()
    assert (done(case), case.queue, told("case.handed_over")) == ([], "service", [])
    look()
    assert (done(case), len(told("case.handed_over"))) == (["handed_over"], 1)


def test_answered_in_time_nothing_happens(clock: VirtualClock, aino: int, queue: Queue) -> None:
    case = opened(aino)
    do.reply(case.pk, "Tuo se käymään.", by="eero", then=c.CLOSED)
    clock.turn_to(helsinki(20, "09:00"))
    look()
    assert done(case) == ["closed"]


def test_a_new_deadline_is_warned_of_anew(clock: VirtualClock, aino: int, queue: Queue) -> None:
    case = opened(aino)
    clock.turn_to(helsinki(2, "12:30"))
    look()
    do.reply(case.pk, "Mikä pyörä?", by="eero")
    do.add_entry(case.pk, kind=c.IN, author=c.CUSTOMER, text="Se sininen")
    case.refresh_from_db()
    assert (case.is_warned, case.due_kind, case.due_at) == (False, "next", helsinki(3, "08:30"))
    clock.turn_to(helsinki(3, "08:00"))
    look()
    assert done(case)[-1] == "warned"


def test_without_a_lead_the_next_queue_shares_by_its_own_rule(
    clock: VirtualClock, aino: int, queue: Queue
) -> None:
    Queue.objects.filter(pk=queue.pk).update(lead="")
    seat("leads", "liisa")
    case = opened(aino)
    clock.turn_to(helsinki(2, "14:00"))
    look()
    case.refresh_from_db()
    assert (case.queue, case.assignee) == ("leads", "liisa")


def test_the_snoozed_wake_at_their_time_or_when_a_deadline_nears(
    clock: VirtualClock, aino: int, queue: Queue, told: Told
) -> None:
    early, late = opened(aino), opened(aino)
    do.snooze(early.pk, now() + timedelta(hours=1), by="eero")
    do.snooze(late.pk, now() + timedelta(days=9), by="eero")
    clock.turn_to(helsinki(2, "10:00"))
    look()
    assert (done(early), done(late)) == (["snoozed", "woken"], ["snoozed"])
    clock.turn_to(helsinki(2, "12:00"))
    look()
    assert (done(early), done(late)) == (["snoozed", "woken", "warned"],) * 1 + (
        ["snoozed", "woken", "warned"],
    )
    assert len(told("case.woken")) == 2


def test_open_cases_follow_changed_targets_a_slice_at_a_time(
    clock: VirtualClock, aino: int, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retargeting, "SLICE", 2)
    cases = [opened(aino) for _ in range(5)]
    do.close(cases[1].pk, by="eero")
    calendar = Calendar.objects.create(key="office", weekly=[[["08:00", "16:00"]]] * 7)
    Target.objects.create(calendar=calendar, first_minutes=60)
    job = Retargeter()
    assert job.turn(now_micros()) is False
    ask_to_retarget()
    assert [job.turn(now_micros()) for _ in range(4)] == [True, True, False, False]
    dues = [Case.objects.get(pk=case.pk).due_at for case in cases]
    ten = helsinki(2, "10:00")
    assert dues == [ten, None, ten, ten, ten]
