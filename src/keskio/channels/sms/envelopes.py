"""From what gateways tell to events: replies and delivery reports, the same for every gateway."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from keskio.channels.phones import e164
from keskio.channels.reading import Meta, fault, received, reported
from keskio.channels.reference import read_reference
from keskio.channels.stopwords import keyword_of
from keskio.events.contracts import Envelope, Fault, SpoolRow
from keskio.kernel.clock import Micros

Reading: TypeAlias = tuple[list[Envelope], list[Fault]]
Status: TypeAlias = Literal["delivered", "failed", "pending", ""]
NOTHING: Reading = ([], [])


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """A text message from a phone. `id` is the gateway's own ("" when it gives none)."""

    phone: str
    to: str
    text: str
    id: str = ""
    at: Micros = 0


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a gateway says became of a message. `detail` is its own word or code."""

    status: Status
    reference: str = ""
    provider_id: str = ""
    phone: str = ""
    detail: str = ""
    at: Micros = 0


def of_reply(row: SpoolRow, meta: Meta, reply: Reply) -> Reading:
    """Return the event of a reply, or a fault when its sender is not a telephone."""
    phone = e164(reply.phone, region=meta.region)
    if not phone:
        sentence = (
            f"The message comes from {reply.phone[:40]!r}, which is not a telephone number, so nobody "
            "can be found behind it. Look at the message by hand."
        )
        return [], [fault(row, reason="unreadable_sender", sentence=sentence)]
    words = meta.notes.get("words", "").split()
    envelope = received(
        row,
        channel="sms",
        message_id=f"sms:{meta.account}:{reply.id or f'row-{row.id}'}",
        identifiers=(("phone", phone),),
        text=reply.text,
        keyword=keyword_of(reply.text, words=words),
        at=reply.at,
        **{"from": phone, "to": reply.to, "reference": ""},
    )
    return [envelope], []


def of_report(row: SpoolRow, meta: Meta, report: Report) -> Reading:
    """Return the event of a final delivery report; reports from under way are passed over."""
    if report.status == "pending":
        return NOTHING
    reference = read_reference(report.reference)
    phone = e164(report.phone, region=meta.region) if report.phone else ""
    if not report.status or (reference is None and not phone):
        sentence = (
            f"The delivery report says {report.detail[:40]!r} about {report.provider_id[:60]!r}, which "
            "names no message of ours or no known outcome. Check the account's report settings."
        )
        return [], [fault(row, reason="unreadable_report", sentence=sentence)]
    who = ("customer", str(reference.customer)) if reference else ("phone", phone)
    envelope = reported(
        row,
        channel="sms",
        message_id=f"sms:{meta.account}:{report.provider_id or report.reference}:{report.status}",
        identifiers=(who,),
        status=report.status,
        at=report.at,
        message=reference.message if reference else 0,
        reference=report.reference if reference else "",
        provider_id=report.provider_id,
        detail=report.detail,
        to=phone,
    )
    return [envelope], []


def unreadable(row: SpoolRow, sentence: str) -> Reading:
    """Return the fault of a request that is neither a reply nor a report."""
    return [], [fault(row, reason="unreadable_request", sentence=sentence)]
