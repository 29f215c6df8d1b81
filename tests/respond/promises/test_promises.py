"""Promises: made once, kept by what happens or by a person, broken when their time has passed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from django.db import transaction

from keskio.events.api import append_events, move_cursor
from keskio.events.contracts import NewEvent
from keskio.kernel.clock import VirtualClock, from_micros, to_micros
from keskio.kernel.sql import fetch
from keskio.know.api import find_or_create
from keskio.respond.inbox.actions import close, open_case, reply
from keskio.respond.inbox.models import Case, Entry
from keskio.respond.promises import actions
from keskio.respond.promises.contracts import Keeping, NewPromise
from keskio.respond.promises.following import CURSOR, Promises
from keskio.respond.promises.models import Promise
from keskio.respond.promises.recognising import keeping_of, recognise

pytestmark = pytest.mark.django_db
HOUR = 3_600_000_000


@pytest.fixture
def aino(clock: VirtualClock) -> int:
    return find_or_create([("email", "aino@example.fi")], traits={"first_name": "Aino"})


def settle(clock: VirtualClock) -> None:
    job = Promises()
    for _ in range(20):
        if not job.turn(clock.micros()):
            return
    raise AssertionError("the job does not come to rest")


def promised(customer: int, clock: VirtualClock, **more: Any) -> Promise:
    given: dict[str, Any] = {
        "customer": customer,
        "text": "Soitamme",
        "due_at": clock.micros() + 2 * HOUR,
        "origin": "person",
        "key": "1",
        "by": "anna",
        **more,
    }
    return actions.make(NewPromise(**given))


def happened(customer: int, name: str, at: int, **properties: Any) -> None:
    body = msgspec.json.encode({"properties": properties}).decode()
    with transaction.atomic():
        append_events([NewEvent(customer, name, at, body)])


def told(customer: int) -> list[str]:
    sql = "SELECT name FROM events_event WHERE customer_id = %s AND name LIKE 'promise.%%' ORDER BY id"
    return [row[0] for row in fetch(sql, (customer,))]


def reasons(customer: int) -> set[str]:
    sql = "SELECT reason FROM contact_heldback WHERE customer_id = %s"
    return {row[0] for row in fetch(sql, (customer,))}


def state(promise: Promise) -> tuple[str, bool]:
    found = Promise.objects.get(pk=promise.pk)
    return found.state, found.holds_back


def test_a_promise_is_made_once(aino: int, clock: VirtualClock) -> None:
    first, again = promised(aino, clock), promised(aino, clock, text="Toinen")
    assert (first.pk, again.text) == (again.pk, "Soitamme")
    assert first.remind_at == first.made_at + timedelta(hours=1.5)
    settle(clock)
    assert told(aino) == ["promise.made"]
    with pytest.raises(actions.DueInThePast):
        promised(aino, clock, key="2", due_at=clock.micros())


def test_it_is_reminded_of_once_then_broken_once(aino: int, clock: VirtualClock) -> None:
    promise = promised(aino, clock)
    clock.advance(timedelta(hours=1.5))
    settle(clock)
    settle(clock)
    assert told(aino) == ["promise.made", "promise.reminded"]
    clock.advance(timedelta(hours=0.5))
    settle(clock)
    settle(clock)
    assert told(aino) == ["promise.made", "promise.reminded", "promise.broken"]
    assert state(promise) == ("broken", True)
    assert "open_promise_broken" in reasons(aino)
    case = Case.objects.get()
    assert (case.customer_id, case.kind, case.source_ref) == (aino, "complaint", str(promise.pk))
    assert Entry.objects.filter(case=case, what="promise_broken").count() == 1


def test_closing_the_case_puts_it_right_and_lets_go(aino: int, clock: VirtualClock) -> None:
    promise = promised(aino, clock)
    clock.advance(timedelta(hours=3))
    settle(clock)
    close(Case.objects.get().pk, by="anna")
    settle(clock)
    assert reasons(aino) == set()
    assert state(promise) == ("broken", False)
    assert told(aino)[-1] == "promise.put_right"
    assert not actions.put_right(promise.pk, by="anna")


def test_an_event_keeps_it(aino: int, clock: VirtualClock) -> None:
    keeping = (Keeping("task.done", {"enrolment": 7, "step": ["call", "again"]}),)
    promise = promised(aino, clock, keeping=keeping)
    happened(aino, "task.done", clock.micros(), enrolment=7, step="other")
    happened(aino, "task.done", clock.micros(), enrolment=8, step="call")
    happened(aino + 1, "task.done", clock.micros(), enrolment=7, step="call")
    settle(clock)
    assert state(promise) == ("open", False)
    happened(aino, "task.done", clock.micros(), enrolment=7, step="again")
    settle(clock)
    assert state(promise) == ("kept", False)
    assert told(aino) == ["promise.made", "promise.kept"]


def test_what_happened_before_the_promise_does_not_keep_it(aino: int, clock: VirtualClock) -> None:
    promise = promised(aino, clock, keeping=(Keeping("Call Made"),))
    happened(aino, "Call Made", clock.micros() - 1)
    settle(clock)
    assert state(promise) == ("open", False)


def test_what_happened_in_time_keeps_it_even_when_it_is_heard_of_late(
    aino: int, clock: VirtualClock
) -> None:
    promise = promised(aino, clock, keeping=(Keeping("Call Made"),))
    clock.advance(timedelta(hours=3))
    settle(clock)
    assert state(promise) == ("broken", True)
    happened(aino, "Call Made", clock.micros() - 2 * HOUR)
    settle(clock)
    assert state(promise) == ("kept", False)
    assert reasons(aino) == {"open_case"}  # a person closes the case that was opened meanwhile


def test_what_happens_too_late_puts_it_right(aino: int, clock: VirtualClock) -> None:
    promise = promised(aino, clock, keeping=(Keeping("Call Made"),))
    clock.advance(timedelta(hours=3))
    settle(clock)
    happened(aino, "Call Made", clock.micros())
    settle(clock)
    assert state(promise) == ("broken", False)
    assert told(aino)[-1] == "promise.put_right"


def test_the_log_is_read_before_anything_is_broken(aino: int, clock: VirtualClock) -> None:
    promise = promised(aino, clock, keeping=(Keeping("Call Made"),))
    happened(aino, "Call Made", clock.micros() + HOUR)
    clock.advance(timedelta(days=30))  # the worker stood still for a month
    settle(clock)
    assert told(aino) == ["promise.made", "promise.kept"]
    assert state(promise) == ("kept", False)


def test_a_person_keeps_withdraws_and_moves(aino: int, clock: VirtualClock) -> None:
    first, second, third = (promised(aino, clock, key=str(n)) for n in range(3))
    assert actions.keep(first.pk, by="anna", note="Soitettu")
    assert not actions.keep(first.pk, by="bertta")
    assert actions.withdraw(second.pk, by="anna")
    assert not actions.break_(second.pk, by="anna")
    later = from_micros(clock.micros() + 48 * HOUR)
    assert actions.postpone(third.pk, later, by="anna")
    clock.advance(timedelta(hours=40))
    settle(clock)
    assert [one.state for one in Promise.objects.order_by("pk")] == ["kept", "withdrawn", "open"]
    assert Case.objects.count() == 0
    with pytest.raises(actions.NoSuchPromise):
        actions.keep(99, by="anna")


def test_a_promise_broken_in_an_open_case_opens_no_other(aino: int, clock: VirtualClock) -> None:
    case = open_case(customer=aino, channel="email", text="Missä?", address="aino@example.fi")
    promised(aino, clock, origin="reply", key=f"{case.pk}.1", case=case.pk)
    clock.advance(timedelta(hours=3))
    settle(clock)
    assert Case.objects.count() == 1
    what = Entry.objects.filter(case=case, what__startswith="promise").order_by("number")
    # its time was over before anybody could be reminded
    assert [one.what for one in what] == ["promise_broken"]


def test_the_next_answer_keeps_what_a_reply_promised(aino: int, clock: VirtualClock) -> None:
    case = open_case(customer=aino, channel="email", text="Missä?", address="aino@example.fi")
    text = "Palaamme asiaan huomenna klo 10 mennessä."
    reply(case.pk, text, by="anna")
    (found,) = recognise(text, "fi", clock.micros())
    keeping = keeping_of(found.text, case.pk)
    promise = promised(
        aino, clock, origin="reply", key=f"{case.pk}.2", due_at=found.due_at, keeping=keeping
    )
    settle(clock)
    assert state(promise) == ("open", False)  # the reply that promises does not keep it
    clock.advance(timedelta(hours=5))
    reply(case.pk, "Asia on selvitetty.", by="anna")
    settle(clock)
    assert state(promise) == ("kept", False)


def test_an_event_from_elsewhere_makes_a_promise(aino: int, clock: VirtualClock) -> None:
    due = clock.micros() + 5 * HOUR
    body = {"text": {"fi": "Toimitamme", "en": "We deliver"}, "due_at": due, "origin": "blueprint"}
    happened(aino, "promise.made", clock.micros(), key="delivery-1", events=["Delivered"], **body)
    happened(aino, "promise.made", clock.micros(), key="delivery-1", events=["Delivered"], **body)
    happened(aino, "promise.made", clock.micros(), text="ei aikaa")
    settle(clock)
    promise = Promise.objects.get()
    assert (promise.origin, promise.key, promise.text) == ("blueprint", "delivery-1", "Toimitamme")
    happened(aino, "Delivered", clock.micros() + HOUR)
    settle(clock)
    assert state(promise) == ("kept", False)


def test_made_and_kept_in_one_batch(aino: int, clock: VirtualClock) -> None:
    at = clock.micros()
    made = {
        "text": "Soitamme",
        "due_at": at + HOUR,
        "enrolment": 5,
        "visit": 2,
        "dialogue": "quotes",
    }
    happened(aino, "promise.made", at, **made)
    happened(aino, "task.done", at, enrolment=5, step="call")
    settle(clock)
    promise = Promise.objects.get()
    assert (promise.origin, promise.key, promise.state) == ("dialogue", "5.2", "kept")


def test_leaving_a_dialogue_withdraws_what_it_promised(aino: int, clock: VirtualClock) -> None:
    at = clock.micros()
    for enrolment in (5, 51):
        made = {"text": "Soitamme", "due_at": at + HOUR, "enrolment": enrolment, "visit": 2}
        happened(aino, "promise.made", at, **made)
    happened(aino, "dialogue.ended", at, enrolment=5, status="exited", outcome="stopped")
    settle(clock)
    assert [one.state for one in Promise.objects.order_by("key")] == ["withdrawn", "open"]


def test_nothing_is_lost_or_doubled_when_the_job_is_killed(
    aino: int, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    promise = promised(aino, clock, keeping=(Keeping("Call Made"),))
    other = promised(aino, clock, key="2")
    happened(aino, "Call Made", clock.micros() + 1)
    clock.advance(timedelta(hours=3))

    def killed(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("keskio.respond.promises.following.move_cursor", killed)
        with pytest.raises(KeyboardInterrupt):
            Promises().turn(clock.micros())
    assert state(promise) == ("open", False)
    with monkeypatch.context() as patched:
        patched.setattr("keskio.respond.promises.actions.tell", killed)
        job = Promises()
        with pytest.raises(KeyboardInterrupt):
            job.turn(clock.micros())
    settle(clock)
    with transaction.atomic():
        move_cursor(CURSOR, 0)  # as if the log were read anew
    settle(clock)
    assert [state(promise), state(other)] == [("kept", False), ("broken", True)]
    assert sorted(told(aino)) == [
        *("promise.broken", "promise.kept", "promise.made", "promise.made"),
    ]
    assert Case.objects.count() == 1


def test_a_clock_that_jumps_forth_and_back_breaks_once(aino: int, clock: VirtualClock) -> None:
    promise = promised(aino, clock)
    start = clock.micros()
    clock.advance(timedelta(days=400))
    settle(clock)
    clock.turn_to(start)
    settle(clock)
    clock.advance(timedelta(days=1))
    settle(clock)
    assert told(aino) == ["promise.made", "promise.broken"]
    assert actions.keep(promise.pk, by="anna", at=start + HOUR)  # it was kept in time after all
    assert state(promise) == ("kept", False)


def test_many_due_at_once_are_taken_in_short_turns(aino: int, clock: VirtualClock) -> None:
    for number in range(130):
        promised(0, clock, key=str(number))
    clock.advance(timedelta(hours=3))
    job = Promises()
    turns = 0
    while job.turn(clock.micros()):
        turns += 1
    assert Promise.objects.filter(state="broken").count() == 130
    assert turns == 1
    assert Promise.objects.filter(holds_back=True).count() == 0  # nobody is known


def test_times_are_kept_in_micros(aino: int, clock: VirtualClock) -> None:
    promise = promised(aino, clock)
    assert to_micros(promise.due_at) - to_micros(promise.made_at) == 2 * HOUR
    assert promise.made_at == datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
