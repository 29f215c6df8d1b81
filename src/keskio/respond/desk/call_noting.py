"""Calls that people have had: noted by hand, they are cases and events as everything else that is said.

A telephone exchange sends `call.received` and `call.made` by itself (docs/tracking.md). What is noted here
tells the same events, with the number of its case, so that the inbox opens no second one.
"""

from __future__ import annotations

import msgspec
from django.db import transaction

from keskio.events.api import append_events
from keskio.events.contracts import NewEvent
from keskio.kernel.clock import Micros, now_micros
from keskio.kernel.errors import Mistake
from keskio.know.api import customer_by, find_or_create, people_of
from keskio.respond.inbox import actions as inbox
from keskio.respond.inbox import contracts as c
from keskio.respond.inbox.models import Case, Entry
from keskio.respond.promises.actions import make
from keskio.respond.promises.contracts import PERSON, NewPromise

RECEIVED, MADE = "call.received", "call.made"
IN, OUT = "in", "out"
TO_DO, SETTLED, NO_ANSWER = "to_do", "settled", "no_answer"
RESULTS = (TO_DO, SETTLED, NO_ANSWER)
LOOKED_BACK = 10
_encode = msgspec.json.Encoder().encode


class NoCaller(Mistake):
    """Say who it was: a customer, a phone number, or at least a name."""

    code = "no_caller"


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A call as somebody notes it.

    `customer` 0: then `phone` or `name` say who it was. `said`: what the customer said; `answered`: what
    we said ("" for nothing yet). `result`: one of RESULTS. `case`: the case it goes on with, 0 for a new
    one. `promise` with its `promised_by`, or neither. `key` names it once for ever.
    """

    key: str
    direction: str
    result: str
    said: str = ""
    answered: str = ""
    customer: int = 0
    phone: str = ""
    name: str = ""
    kind: str = c.OTHER
    subject: str = ""
    case: int = 0
    promise: str = ""
    promised_by: Micros | None = None
    by: str = ""


def note_call(call: Call) -> Case:
    """Put a call on record: its case with what was said, its event, its promise. Return the case.

    The same `key` again changes nothing. Raises NoCaller, and what the inbox and the promises raise.
    """
    with transaction.atomic():
        ref = ("call", f"noted.{call.key}"[:100])
        there = Case.objects.filter(source_kind=ref[0], source_ref=ref[1]).first() or _told_in(call)
        if there is not None:
            return there
        customer = _customer_of(call)
        case = _case_for(call, customer, ref)
        if call.said and (call.case or call.direction == OUT):
            inbox.add_entry(
                case.pk,
                kind=c.IN,
                author=c.CUSTOMER,
                text=call.said,
                channel=c.CALL,
                told={"call": call.key},
            )
        if call.answered:
            inbox.add_entry(
                case.pk,
                kind=c.OUT,
                author=c.AGENT,
                text=call.answered,
                channel=c.CALL,
                by=call.by,
                is_public=True,
                told={"call": call.key},
            )
        _tell(call, case)
        if call.promise and call.promised_by is not None:
            make(_promised(call, case))
        if call.result == SETTLED:
            inbox.close(case.pk, by=call.by)
    return Case.objects.get(pk=case.pk)


def _told_in(call: Call) -> Case | None:
    """Return the case that the call has been put into already."""
    latest = Entry.objects.filter(case=call.case).order_by("-number")[:LOOKED_BACK]
    is_there = any(one.told.get("call") == call.key for one in latest)
    return Case.objects.get(pk=call.case) if is_there else None


def _customer_of(call: Call) -> int:
    if call.customer:
        return call.customer
    if call.phone:
        traits = {"name": call.name} if call.name else {}
        found = customer_by("phone", call.phone)
        return found or find_or_create((("phone", call.phone),), traits=traits)
    if not call.name:
        raise NoCaller
    return 0


def _case_for(call: Call, customer: int, ref: tuple[str, str]) -> Case:
    if call.case:
        return Case.objects.get(pk=call.case)
    person = people_of([customer]).get(customer) if customer else None
    phone = call.phone or ("" if person is None else person.phone)
    name = call.name if person is None or not person.name else person.name
    case = inbox.open_case(
        customer=customer,
        channel=c.CALL,
        text=call.said if call.direction == IN else "",
        kind=call.kind,
        subject=call.subject,
        name=name or phone,
        address=phone,
        language="" if person is None else person.language,
        source=ref,
        by=call.by,
    )
    if not case.assignee:
        inbox.assign(case.pk, by=call.by, to=call.by)
    return case


def _tell(call: Call, case: Case) -> None:
    told = {
        "case": case.pk,
        "direction": call.direction,
        "from": case.address,
        "name": case.name,
        "summary": call.said,
        "answered": call.answered,
        "subject": call.subject,
        "kind": case.kind,
        "result": call.result,
        "by": call.by,
    }
    name = MADE if call.direction == OUT else RECEIVED
    body = _encode({"properties": told}).decode()
    append_events([NewEvent(case.customer_id, name, now_micros(), body)])


def _promised(call: Call, case: Case) -> NewPromise:
    assert call.promised_by is not None
    return NewPromise(
        customer=case.customer_id,
        text=call.promise,
        due_at=call.promised_by,
        origin=PERSON,
        key=f"call.{call.key}",
        by=call.by,
        owner=call.by,
        channel=c.CALL,
        case=case.pk,
    )
