"""Writes of the wing: feedback becomes a case; causes are found, linked to cases and mended."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from typing import Any

import msgspec
from django.db import IntegrityError, transaction

from keskio.events.api import append_events
from keskio.events.contracts import NewEvent
from keskio.kernel.clock import now, now_micros, to_micros
from keskio.kernel.errors import Mistake
from keskio.kernel.ids import new_token
from keskio.know.api import customer_by
from keskio.respond.feedback.contracts import (
    FEEDBACK,
    GIVEN_EVENT,
    KINDS,
    MENDED_EVENT,
    Feedback,
    Received,
)
from keskio.respond.feedback.models import Cause, Caused, Page
from keskio.respond.inbox.actions import open_case
from keskio.respond.inbox.contracts import FORM, NORMAL, SERIOUS
from keskio.respond.inbox.models import Case

_encode = msgspec.json.Encoder().encode


class NothingSaid(Mistake):
    """The feedback is empty or of an unknown kind."""

    code = "nothing_said"


class NotMendable(Mistake):
    """A cause cannot be told of in public as it is."""

    code = "not_mendable"


def give_feedback(told: Feedback) -> Received:
    """Open a case for feedback and tell the log; with an address that is known, for that customer.

    An address that somebody types proves nothing: the answer goes to it, and nothing that is known of
    the customer is shown to whoever typed it. Sent twice from one form, it is taken once. Raises
    NothingSaid.
    """
    if not told.text.strip():
        raise NothingSaid("The feedback is empty: write what happened.")
    if told.kind not in KINDS:
        raise NothingSaid(f"{told.kind!r} is no kind of feedback: {', '.join(KINDS)}.")
    ref = sha256(_encode(told)).hexdigest()[:40] if told.once else new_token()
    there = Case.objects.filter(source_kind=FEEDBACK, source_ref=ref)
    try:
        with transaction.atomic():
            case = there.first() or _opened(told, ref)
    except IntegrityError:  # the other of two clicks was quicker
        case = there.get()
    answerable = bool(told.email or told.phone)
    due = to_micros(case.due_at) if answerable and case.due_at is not None else None
    return Received(case.pk, due)


def _opened(told: Feedback, ref: str) -> Case:
    customer = _customer_of(told)
    case = open_case(
        customer=customer,
        channel=FORM,
        text=_written(told),
        kind=told.kind,
        severity=SERIOUS if told.kind == "complaint" and told.wish else NORMAL,
        subject=told.text.strip().splitlines()[0][:120],
        themes=[told.topic] if told.topic else [],
        language=told.language,
        address=told.email or told.phone,
        name=told.name,
        source=(FEEDBACK, ref),
    )
    properties = {"case": case.pk, "kind": told.kind, "topic": told.topic}
    body = _encode({"properties": properties}).decode()
    append_events([NewEvent(customer, GIVEN_EVENT, now_micros(), body)])
    return case


def _customer_of(told: Feedback) -> int:
    for kind, value in (("email", told.email), ("phone", told.phone)):
        if value and (found := customer_by(kind, value)):
            return found
    return 0


def _written(told: Feedback) -> str:
    parts = [told.text.strip()]
    if told.wish.strip():
        parts.append(f"→ {told.wish.strip()}")
    return "\n\n".join(parts)


def save_cause(cause: Cause, *, by: str, **changes: Any) -> Cause:
    """Save a cause that was found or changed; one that becomes mended gets its time and tells the log.

    Raises NotMendable when it is to be told of in public without words for it.
    """
    was_mended = cause.state == Cause.State.MENDED and cause.pk is not None
    for name, value in changes.items():
        setattr(cause, name, value)
    is_mended = cause.state == Cause.State.MENDED
    if cause.is_public and is_mended and not any(cause.told.values()):
        raise NotMendable("Write what the public list says of it, or keep it from the list.")
    with transaction.atomic():
        if cause.pk is None:
            cause.found_at, cause.found_by = now(), by
        if is_mended and not was_mended:
            cause.mended_at = now()
        elif not is_mended:
            cause.mended_at = None
        cause.save()
        if is_mended and not was_mended:
            told = {"cause": cause.pk, "title": cause.title, "theme": cause.theme, "by": by}
            body = _encode({"properties": told}).decode()
            append_events([NewEvent(0, MENDED_EVENT, now_micros(), body)])
    return cause


def link_case(cause: Cause, case: int, *, by: str) -> bool:
    """Say that `case` came of `cause`; False when that had been said."""
    _row, made = Caused.objects.get_or_create(
        cause=cause, case_id=case, defaults={"at": now(), "by": by}
    )
    return made


def unlink_case(cause: Cause, case: int) -> bool:
    """Say that `case` did not come of `cause` after all; False when nobody had said so."""
    return bool(Caused.objects.filter(cause=cause, case_id=case).delete()[0])


def save_page(changes: Mapping[str, Any], *, by: str) -> Page:
    """Save how the page for feedback stands."""
    page = Page.objects.first() or Page()
    for name, value in changes.items():
        setattr(page, name, value)
    page.changed_at, page.changed_by = now(), by
    page.save()
    return page


def is_late(cause: Cause, today: date) -> bool:
    """Tell whether a cause should have been mended by now."""
    return cause.is_open and cause.mend_by is not None and cause.mend_by < today
