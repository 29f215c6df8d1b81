"""From letters to events.

Only our own signed reference proves what a letter is about. With one, the customer is the one we
wrote to, whoever answers: a forwarded letter must not join two people. Without one, an answer belongs
to its sender's address, and a bounce to nobody: anyone can write one.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from keskio.channels.email.letters import Letter, read_letter
from keskio.channels.email.quotes import without_sign_off
from keskio.channels.reading import Meta, fault, read_meta, received, reported
from keskio.channels.reference import read_reference
from keskio.events.contracts import Envelope, Fault, SpoolRow
from keskio.kernel.errors import Mistake

Reading: TypeAlias = tuple[list[Envelope], list[Fault]]


def envelopes_of(row: SpoolRow) -> Reading:
    """Return the event of a stored letter, or a fault that says why there is none."""
    meta = read_meta(row)
    sender = meta.sender if "envelope" in meta.notes else None
    try:
        letter = read_letter(row.body, recipients=meta.recipients, sender=sender)
    except Mistake as mistake:
        return [], [fault(row, reason="unreadable_letter", sentence=mistake.message)]
    message_id = f"email:{meta.account}:{letter.digest}"
    if letter.kind == "bounce":
        return _bounce(row, meta, letter, message_id)
    if letter.kind == "complaint":
        return _complaint(row, meta, letter, message_id)
    if letter.recipients:
        return _good_news(row, meta, letter, message_id)
    return _written(row, meta, letter, message_id)


def _written(row: SpoolRow, meta: Meta, letter: Letter, message_id: str) -> Reading:
    if not letter.reference and (letter.bulk or letter.kind == "autoreply" or not letter.sender):
        sentence = (
            f"The letter from {letter.sender[:80]!r} answers nothing of ours and no person wrote it to us: "
            "a newsletter, an automatic answer, or a letter without a sender."
        )
        return [], [fault(row, reason="not_from_a_person", sentence=sentence)]
    envelope = received(
        row,
        channel="email",
        message_id=message_id,
        identifiers=_who(letter),
        text=without_sign_off(letter.text),
        keyword=letter.keyword,
        at=meta.at,
        **{"from": letter.sender, "subject": letter.subject, **_about(letter), "kind": letter.kind},
        **_more(letter, message_id),
    )
    if letter.kind != "autoreply":
        return [msgspec.structs.replace(envelope, files=letter.files)], []
    # An automatic answer is on the customer's timeline, and is no answer to any question.
    return [_renamed(envelope, "message.autoreplied")], []


def _bounce(row: SpoolRow, meta: Meta, letter: Letter, message_id: str) -> Reading:
    reference = read_reference(letter.reference)
    if reference is None:
        sentence = (
            "The bounce names no letter of ours, so nobody is marked as unreachable because of it. "
            "Bounces of our letters come to their own addresses; check the bounce address."
        )
        return [], [fault(row, reason="unknown_bounce", sentence=sentence)]
    worst = max(letter.recipients, key=lambda found: found.hard, default=None)
    hard = worst is not None and worst.hard
    envelope = reported(
        row,
        channel="email",
        message_id=message_id,
        identifiers=(("customer", str(reference.customer)),),
        status="bounced" if hard else "delayed",
        at=meta.at,
        detail=" ".join(filter(None, (worst.status, worst.detail))) if worst else letter.subject,
        to=worst.address if worst else "",
        **_about(letter),
    )
    return [envelope], []


def _good_news(row: SpoolRow, meta: Meta, letter: Letter, message_id: str) -> Reading:
    reference = read_reference(letter.reference)
    if reference is None:
        return [], [
            fault(row, reason="unknown_bounce", sentence="The report names no letter of ours.")
        ]
    envelope = reported(
        row,
        channel="email",
        message_id=message_id,
        identifiers=(("customer", str(reference.customer)),),
        status="delivered",
        at=meta.at,
        to=letter.recipients[0].address,
        **_about(letter),
    )
    return [envelope], []


def _complaint(row: SpoolRow, meta: Meta, letter: Letter, message_id: str) -> Reading:
    address = letter.recipients[0].address if letter.recipients else ""
    reference = read_reference(letter.reference)
    if reference is None and "@" not in address:
        sentence = "The complaint names no letter of ours and no address. Look at it by hand."
        return [], [fault(row, reason="unknown_complaint", sentence=sentence)]
    who = ("customer", str(reference.customer)) if reference else ("email", address.lower())
    envelope = reported(
        row,
        channel="email",
        message_id=message_id,
        identifiers=(who,),
        status="complained",
        at=meta.at,
        # Whoever reports a letter as spam does not want another one.
        keyword="stop",
        to=address,
        **_about(letter),
    )
    return [envelope], []


def _who(letter: Letter) -> tuple[tuple[str, str], ...]:
    reference = read_reference(letter.reference)
    if reference is not None:
        return (("customer", str(reference.customer)),)
    return (("email", letter.sender),)


def _about(letter: Letter) -> dict[str, str | int]:
    reference = read_reference(letter.reference)
    return {"reference": letter.reference, "message": reference.message if reference else 0}


def _more(letter: Letter, message_id: str) -> dict[str, str | list[str]]:
    """Return what only some letters have, and whoever answers one needs."""
    told: dict[str, str | list[str]] = {}
    if letter.id:
        told["letter"] = letter.id
    if letter.name:
        told["name"] = letter.name
    if letter.files:
        told["attachments"] = [file.name for file in letter.files]
        told["files"] = message_id
    return told


def _renamed(envelope: Envelope, name: str) -> Envelope:
    return Envelope(
        name=name,
        at=envelope.at,
        received_at=envelope.received_at,
        source=envelope.source,
        message_id=envelope.message_id,
        identifiers=envelope.identifiers,
        body=envelope.body,
        trusted=envelope.trusted,
    )
