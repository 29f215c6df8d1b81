"""Calls: noted by hand or told by a telephone exchange, they are cases with their events and promises."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from keskio.config.wiring import make_intake
from keskio.events.api import events_after, spool_row
from keskio.kernel.clock import VirtualClock, now, now_micros
from keskio.know.api import customer_by
from keskio.respond.desk.call_noting import (
    IN,
    MADE,
    NO_ANSWER,
    OUT,
    RECEIVED,
    SETTLED,
    TO_DO,
    Call,
    NoCaller,
    note_call,
)
from keskio.respond.inbox import actions as do
from keskio.respond.inbox import contracts as c
from keskio.respond.inbox.models import Case, Entry
from keskio.respond.inbox.opening import take_in
from keskio.respond.promises.models import Promise
from keskio.web.roles import EDITOR, READER, give_role
from tests.house.tree import ROOT

pytestmark = pytest.mark.django_db
NOTE = "/inbox/calls/note/"
Told = Callable[..., list[dict[str, Any]]]


def said_in(case: Case) -> list[tuple[str, str, str]]:
    rows = Entry.objects.filter(case=case).exclude(kind=c.EVENT).order_by("number")
    return list(rows.values_list("kind", "channel", "text"))


def signed_in(role: str = EDITOR) -> Client:
    user = User.objects.create_user("eero")
    give_role(user, role)
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def test_a_call_becomes_a_case_with_its_event_and_promise(
    clock: VirtualClock, aino: int, told: Told
) -> None:
    call = Call(
        key="k1",
        direction=IN,
        result=TO_DO,
        customer=aino,
        said="The brake squeals",
        answered="We call you back",
        promise="Call back about the brake",
        promised_by=now_micros() + 3600 * 1_000_000,
        kind=c.COMPLAINT,
        by="eero",
    )
    case = note_call(call)
    assert (case.channel, case.customer_id, case.assignee, case.kind) == (
        *(c.CALL, aino),
        *("eero", c.COMPLAINT),
    )
    assert said_in(case) == [
        (c.IN, c.CALL, "The brake squeals"),
        (c.OUT, c.CALL, "We call you back"),
    ]
    assert case.unanswered_since is None  # it was answered in the call
    (event,) = told(RECEIVED)
    assert (event["case"], event["direction"], event["summary"], event["by"]) == (
        *(case.pk, "in"),
        *("The brake squeals", "eero"),
    )
    promise = Promise.objects.get()
    assert (promise.case_id, promise.customer_id, promise.owner) == (case.pk, aino, "eero")
    assert note_call(call).pk == case.pk  # sent twice
    assert (Case.objects.count(), Promise.objects.count(), len(told(RECEIVED))) == (1, 1, 1)


def test_the_inbox_opens_no_second_case_for_a_call_that_was_noted(
    clock: VirtualClock, aino: int
) -> None:
    note_call(Call(key="k1", direction=IN, result=TO_DO, customer=aino, said="Hello", by="eero"))
    take_in(events_after(0, 100), now_micros())
    assert Case.objects.count() == 1


def test_a_call_of_ours_goes_on_with_the_case_that_it_is_about(
    clock: VirtualClock, aino: int, told: Told
) -> None:
    asked = do.open_case(customer=aino, channel=c.EMAIL, text="Where is it?", by="eero")
    call = Call(
        key="k2",
        direction=OUT,
        result=SETTLED,
        customer=aino,
        case=asked.pk,
        answered="It comes tomorrow",
        said="Fine",
        by="eero",
    )
    case = note_call(call)
    assert note_call(call).pk == asked.pk  # sent twice
    assert (case.pk, case.state, case.channel) == (asked.pk, c.CLOSED, c.EMAIL)
    assert said_in(case)[1:] == [
        (c.IN, c.CALL, "Fine"),
        (c.OUT, c.CALL, "It comes tomorrow"),
    ]
    assert [one["result"] for one in told(MADE)] == ["settled"]


def test_a_number_that_nobody_has_becomes_a_customer(clock: VirtualClock, aino: int) -> None:
    mine = Call(key="a", direction=IN, result=TO_DO, phone="040 123 0001", said="Hi", by="eero")
    assert note_call(mine).customer_id == aino
    new = Call(key="b", direction=OUT, result=NO_ANSWER, phone="+358401239999", by="eero")
    case = note_call(new)
    assert case.customer_id == customer_by("phone", "+358401239999")
    assert (said_in(case), case.state) == ([], c.NEW)
    with pytest.raises(NoCaller):
        note_call(Call(key="c", direction=IN, result=TO_DO, said="Hi", by="eero"))
    assert Case.objects.count() == 2


def test_what_the_pages_say_that_an_exchange_sends_becomes_a_case(
    clock: VirtualClock, aino: int
) -> None:
    page = (ROOT / "docs" / "tracking.md").read_text().partition("## Calls")[2]
    call = json.loads(page.partition("```json\n")[2].partition("```")[0])
    body = json.dumps({"batch": [{"type": "track", **call}]}).encode()
    spool_row(kind="segment", source=1, meta='{"trusted":true}', body=body)
    intake = make_intake()
    while intake.turn(now_micros()):
        pass
    take_in(events_after(0, 100), now_micros())
    case = Case.objects.get()
    assert (case.channel, case.customer_id, case.kind, case.subject, case.address) == (
        *(c.CALL, aino, c.COMPLAINT),
        *("Brakes", "+358401230001"),
    )
    assert said_in(case) == [(c.IN, c.CALL, "The brakes squeal after the service")]


def test_the_page_finds_the_customer_and_takes_the_call(clock: VirtualClock, aino: int) -> None:
    client = signed_in()
    found = client.get(NOTE, {"q": "aino"}).content.decode()
    assert f'href="?customer={aino}"' in found
    page = client.get(NOTE, {"customer": aino})
    key = page.context["form"].initial["key"]
    sent = {"key": key, "direction": "in", "result": "to_do", "kind": "question", "said": "Hello"}
    answer = client.post(f"{NOTE}?customer={aino}", sent)
    case = Case.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/inbox/{case.pk}/")
    assert (case.customer_id, case.opened_by) == (aino, "eero")
    # What may go on is offered the next time.
    assert f'value="{case.pk}"' in client.get(NOTE, {"customer": aino}).content.decode()


def test_what_is_missing_is_asked_for(clock: VirtualClock, aino: int) -> None:
    client = signed_in()
    past = (now() - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    sent = {"key": "k", "direction": "in", "result": "to_do", "kind": "question"}
    answer = client.post(NOTE, {**sent, "promise": "Call", "promised_by": past})
    assert answer.status_code == 422
    assert sorted(answer.context["form"].errors) == ["phone", "promised_by", "said"]
    half = client.post(NOTE, {**sent, "name": "Ville", "said": "Hi", "promise": "Call"})
    assert list(half.context["form"].errors) == ["promised_by"]
    assert not Case.objects.exists()


def test_a_reader_notes_nothing(clock: VirtualClock) -> None:
    client = signed_in(READER)
    assert (client.get(NOTE).status_code, client.post(NOTE).status_code) == (403, 403)


def test_another_s_case_is_not_taken(clock: VirtualClock, aino: int) -> None:
    other = do.open_case(customer=0, channel=c.CHAT, text="Hello", by="")
    sent = {"key": "k", "direction": "in", "result": "to_do", "kind": "question", "said": "Hi"}
    client = signed_in()
    do.open_case(customer=aino, channel=c.EMAIL, text="Mine", by="")
    answer = client.post(f"{NOTE}?customer={aino}", {**sent, "case": str(other.pk)})
    assert list(answer.context["form"].errors) == ["case"]
