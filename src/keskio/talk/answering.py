"""Answers that people write to customers: they leave by the same ledger and senders as all else.

An answer belongs to a case and has a number in it; the pair stands in the ledger where an enrolment and
its visit stand for a dialogue's message (the case as a negative number), so that the same answer can be
claimed once only, whatever is pressed twice.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec
from django.db import transaction

from keskio.channels.api import make_reference
from keskio.channels.contracts import Outgoing
from keskio.engine.pressure import refusal_of
from keskio.jobs.api import wake
from keskio.kernel.clock import now_micros
from keskio.kernel.errors import Mistake
from keskio.kernel.sql import any_of, fetch, listed, run
from keskio.talk.contracts import Handed
from keskio.talk.store import text_of

ANSWER = "answer"
CHANNELS = ("email", "sms", "social")
NOT_OF_A_DIALOGUE = 0
CLAIM = """
    INSERT INTO talk_message
        (enrolment_id, visit, customer_id, version_id, step, channel, purpose, pressure, urgency,
         state, reason, claimed_at, attempts, handed_by, provider_id, why, content)
    VALUES (%s, %s, %s, 0, 'answer', %s, 'answer', 'answer', 0, 'claimed', '', %s, 0, '', '', %s, %s)
    ON CONFLICT (enrolment_id, visit) DO NOTHING
"""
CLAIMED = "SELECT id FROM talk_message WHERE enrolment_id = %s AND visit = %s"
CASES = "SELECT id, -enrolment_id FROM talk_message WHERE {messages} AND enrolment_id < 0"


class CannotAnswer(Mistake):
    """The answer cannot leave as it is; the sentence says why and what to do."""

    code = "cannot_answer"


class Written(msgspec.Struct, frozen=True):
    """An answer as it stands in the ledger until it leaves."""

    to: str
    text: str
    subject: str = ""
    in_reply_to: str = ""
    is_direct: bool = False
    language: str = ""
    by: str = ""


def answer(  # noqa: PLR0913 - what an answer is
    *,
    customer: int,
    channel: str,
    to: str,
    text: str,
    case: int,
    number: int,
    by: str,
    subject: str = "",
    in_reply_to: str = "",
    is_direct: bool = False,
    language: str = "",
) -> int:
    """Claim an answer to `customer` (0: nobody that is known) and return its number in the ledger.

    It goes to `to` as soon as the channel's sender is free, once for each (case, number): the same again
    returns the message that is there. `in_reply_to` is what it answers, as the channel names it: a
    Message-ID, a status. `is_direct`: where a channel is public, for the receiver's eyes only.
    What became of it comes as `message.sent` (delivered, failed, unknown, withdrawn) with `case` and
    `number`. In the caller's transaction, if there is one. Raises CannotAnswer.
    """
    if channel not in CHANNELS:
        raise CannotAnswer(
            f"Nothing can be answered in {channel!r}; the channels are {', '.join(CHANNELS)}."
        )
    if not text.strip():
        raise CannotAnswer("The answer is empty: write what is to be said.")
    if not to.strip() or case <= 0 or number <= 0:
        raise CannotAnswer("An answer needs somebody whom it goes to, and its place in a case.")
    written = Written(to, text, subject, in_reply_to, is_direct, language, by)
    content = text_of({"answer": msgspec.to_builtins(written)})
    why = text_of({"by": by, "purpose": ANSWER})
    with transaction.atomic():
        run(CLAIM, (-case, number, customer, channel, now_micros(), why, content))
        transaction.on_commit(wake)
        return int(fetch(CLAIMED, (-case, number))[0][0])


def cases_of(messages: Collection[int]) -> dict[int, int]:
    """Return the case of each of `messages` that is an answer of a person's."""
    return dict(fetch(CASES.format(messages=any_of("id")), (listed(messages),)))


def is_answer(message: Handed) -> bool:
    """Tell whether a message of the ledger is an answer of a person's."""
    return message.enrolment < 0


def objection_to(message: Handed, consents: dict[str, str] | None) -> str:
    """Return why an answer may not go ("" when it may): only to whom nothing at all may be sent."""
    return refusal_of(ANSWER, message.channel, consents) if consents else ""


def leaving(message: Handed) -> tuple[Outgoing, str]:
    """Return an answer as it leaves, and the content that the ledger then keeps."""
    told: dict[str, Any] = msgspec.json.decode(message.content)
    written = msgspec.convert(told["answer"], Written)
    outgoing = Outgoing(
        message=message.id,
        channel=message.channel,
        to=written.to,
        subject=written.subject,
        text=written.text,
        reference=make_reference(message.id, message.customer),
        language=written.language,
        in_reply_to=written.in_reply_to,
        is_direct=written.is_direct,
        by_person=True,
    )
    kept = {"to": written.to, "subject": written.subject, "text": written.text}
    return outgoing, text_of({**told, **kept, "language": written.language})
