"""Compensations on their way: offered in private, accepted or declined, taken back when they did not arrive.

A code is reserved when it is offered, the customer's once the message with it has left, and back in its
stock if the message could not be sent.
"""

from __future__ import annotations

from django.db import transaction

from keskio.engine.recovering import Compensation as Terms
from keskio.engine.recovering import offers_something
from keskio.kernel.clock import Micros, from_micros, now_micros
from keskio.kernel.errors import Mistake, Refused
from keskio.respond.inbox import actions as cases
from keskio.respond.inbox import contracts as inbox
from keskio.respond.inbox.models import Case, Entry
from keskio.respond.recovery.compensating import NotWaiting, waiting_compensation
from keskio.respond.recovery.contracts import (
    ACCEPTED,
    APPROVED,
    DECLINED,
    DONE,
    OFFERED,
    OFFERED_EVENT,
    RETURNED,
    WAITING,
)
from keskio.respond.recovery.models import Compensation, PlanRun, RunStep
from keskio.respond.recovery.noting import note_in_case, tell_of
from keskio.respond.recovery.queries import plan_of
from keskio.talk.api import assign_code, end_code, render_text, reserve_code, return_code

ZONE = "Europe/Helsinki"


class SoldOut(Refused):
    """There are no codes left to give, or this customer has had them: look at the offer."""

    code = "offer_sold_out"


class InPublic(Refused):
    """A compensation is offered in private, never where everybody reads: send this directly."""

    code = "offered_in_public"


class CodeMissing(Mistake):
    """The message must hold the code: write {{ code }} where it stands."""

    code = "code_missing"


def offer(pk: int, *, by: str, text: str = "") -> Entry:
    """Offer an approved compensation to the customer, in private, and return the answer that says so.

    `text`: in the person's own words, else the plan's; `{{ code }}` is where the code stands. The code is
    reserved and the answer claimed in one transaction. Raises NotWaiting, SoldOut, CodeMissing, and what
    the inbox raises when there is no address.
    """
    with transaction.atomic():
        found = waiting_compensation(pk, APPROVED)
        terms = plan_of(found.plan, found.run.version).compensation
        assert terms is not None
        case = Case.objects.get(pk=found.case_id)
        code = ""
        if found.offer:
            given = reserve_code(found.offer, found.customer_id, now_micros())
            if given.outcome != "given":
                raise SoldOut
            found.coupon_id, code = given.coupon, given.code
        language = case.language or found.run.language or "fi"
        written = text or _text_of(terms, language)
        if found.offer and "{{ code }}" not in written.replace("{{code}}", "{{ code }}"):
            raise CodeMissing
        values = {"code": code, "euros": _euros(found.cents, language), "name": case.name}
        said = render_text(written, values, language=language, zone=ZONE)
        found.state, found.code, found.offered_at = OFFERED, code, from_micros(now_micros())
        found.save(update_fields=["state", "code", "coupon_id", "offered_at"])
        # Offer and answer are known as one by their moment, so that it is told, not looked up twice.
        entry = cases.reply(case.pk, said, by=by, public=False, at=found.offered_at)
        if entry.is_open_to_all:
            raise InPublic  # taken back as a whole
        if found.coupon_id and not entry.message_id:
            assign_code(found.coupon_id, now_micros())  # it stands before the customer already
        RunStep.objects.filter(run=found.run, kind="compensate", state=WAITING).update(
            state=DONE, done_at=found.offered_at, done_by=by[:150]
        )
        tell_of(found.run, OFFERED_EVENT, now_micros(), compensation=pk, cents=found.cents, by=by)
        note_in_case(found.run, "compensation_offered", by=by, compensation=pk)
    return entry


def _text_of(terms: Terms, language: str) -> str:
    return terms.text.get(language) or terms.text["fi"]


def _euros(cents: int, language: str) -> str:
    whole = f"{cents / 100:.2f}".removesuffix(".00")
    return f"{whole.replace('.', ',')} €" if language == "fi" else f"€{whole}"


def arrived(case: int, number: int, now: Micros) -> None:
    """Note that the answer `number` of a case has left: the code in it is the customer's."""
    for found in in_entry(case, number):
        if found.coupon_id:
            assign_code(found.coupon_id, now)


def not_arrived(case: int, number: int, now: Micros) -> None:
    """Take a compensation back whose answer could not be sent: nobody has seen it."""
    for found in in_entry(case, number):
        with transaction.atomic():
            done = Compensation.objects.filter(pk=found.pk, state=OFFERED).update(
                state=RETURNED, ended_at=from_micros(now)
            )
            if done and found.coupon_id:
                return_code(found.coupon_id)
            if done:
                RunStep.objects.filter(run=found.run, kind="compensate").update(
                    state=WAITING, done_at=None, done_by=""
                )


def in_entry(case: int, number: int) -> list[Compensation]:
    """Return the compensations of a case whose code or offer stands in its entry `number`."""
    found = list(Compensation.objects.filter(case_id=case, state=OFFERED).select_related("run"))
    if not found:
        return []
    entry = Entry.objects.filter(case_id=case, number=number, kind=inbox.OUT).first()
    if entry is None:
        return []
    return [
        one
        for one in found
        if (one.code and one.code in entry.text) or (not one.code and one.offered_at == entry.at)
    ]


def accept(pk: int, *, at: Micros | None = None) -> bool:
    """Record that the customer took the compensation, or used its code. False when it is not offered."""
    moment = from_micros(now_micros() if at is None else at)
    return bool(
        Compensation.objects.filter(pk=pk, state=OFFERED).update(state=ACCEPTED, ended_at=moment)
    )


def decline(pk: int, *, by: str) -> bool:
    """Record that the customer did not want it: its money is back in the budget, its code over.

    Raises NotWaiting when it was not offered.
    """
    now = now_micros()
    with transaction.atomic():
        found = waiting_compensation(pk, OFFERED, APPROVED)
        found.state, found.ended_at = DECLINED, from_micros(now)
        found.save(update_fields=["state", "ended_at"])
        if (
            found.coupon_id
        ):  # the message with it may be leaving at this moment: nobody else gets it
            assign_code(found.coupon_id, now)
            end_code(found.coupon_id, now)
        note_in_case(found.run, "compensation_declined", by=by, compensation=pk)
    return True


def refuse_in_public(case: Case, text: str, *, is_open_to_all: bool) -> None:
    """Refuse an answer that everybody would read and that offers a compensation, or holds its code.

    The inbox asks before it sends. Raises InPublic.
    """
    if not is_open_to_all:
        return
    codes = Compensation.objects.filter(case_id=case.pk).exclude(code="")
    if any(code in text for code in codes.values_list("code", flat=True)):
        raise InPublic
    is_complaint = case.kind == inbox.COMPLAINT or PlanRun.objects.filter(case_id=case.pk).exists()
    if is_complaint and offers_something(text):
        raise InPublic


__all__ = [
    "CodeMissing",
    "InPublic",
    "NotWaiting",
    "SoldOut",
    "accept",
    "arrived",
    "decline",
    "not_arrived",
    "offer",
    "refuse_in_public",
]
