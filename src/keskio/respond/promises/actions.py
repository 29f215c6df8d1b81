"""Writes of the wing: promises are made, kept, broken, withdrawn and put right. Each tells the log.

A promise that is broken holds campaigns and surveys to its customer back, and asks for a case; when it is
put right, they are let go. All of it is one transaction, so that a kill in between leaves nothing halfway.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.db import IntegrityError, transaction

from keskio.events.api import append_events
from keskio.events.contracts import NewEvent
from keskio.jobs.api import wake
from keskio.kernel.clock import Micros, from_micros, now_micros, to_micros
from keskio.kernel.errors import Mistake
from keskio.know.api import people_of
from keskio.respond.inbox import actions as cases
from keskio.respond.inbox import contracts as inbox
from keskio.respond.inbox.models import Case
from keskio.respond.promises.contracts import (
    BROKEN,
    BROKEN_EVENT,
    KEPT,
    KEPT_EVENT,
    MADE_EVENT,
    MOVED_EVENT,
    OPEN,
    PUT_RIGHT_EVENT,
    WITHDRAWN,
    WITHDRAWN_EVENT,
    NewPromise,
)
from keskio.respond.promises.models import Promise
from keskio.talk.api import hold_back, let_go

REASON = "open_promise_broken"
_encode = msgspec.json.Encoder().encode


class NoSuchPromise(Mistake):
    """There is no such promise."""

    code = "no_such_promise"


class DueInThePast(Mistake):
    """The time of a promise must be still to come: choose a later one."""

    code = "promise_due_in_the_past"


def make(new: NewPromise) -> Promise:
    """Keep a promise on record from now on, and tell `promise.made`.

    The same (origin, key) again returns the promise that is there, unchanged. Raises DueInThePast.
    """
    made_at = now_micros() if new.made_at is None else new.made_at
    if new.due_at <= made_at:
        raise DueInThePast
    with transaction.atomic():
        promise, is_new = _kept_once(row_of(new, made_at))
        if is_new:
            tell([promise], MADE_EVENT, made_at)
            transaction.on_commit(wake)
    return promise


def _kept_once(row: Promise) -> tuple[Promise, bool]:
    """Save a promise; return the one that is there, and whether it is this one."""
    found = Promise.objects.filter(origin=row.origin, key=row.key).first()
    if found is not None:
        return found, False
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:  # somebody else was quicker by a moment
        return Promise.objects.get(origin=row.origin, key=row.key), False
    return row, True


def row_of(new: NewPromise, made_at: Micros) -> Promise:
    """Return the row of a promise, not saved."""
    share = min(max(new.share, 0.0), 1.0)
    remind_at = made_at + round((new.due_at - made_at) * share)
    awaits = sorted({one.event for one in new.keeping})
    return Promise(
        customer_id=new.customer,
        text=new.text,
        made_at=from_micros(made_at),
        due_at=from_micros(new.due_at),
        remind_at=from_micros(remind_at) if share < 1 else None,
        made_by=new.by[:150],
        owner=new.owner[:150],
        team=new.team[:100],
        channel=new.channel[:20],
        origin=new.origin,
        key=new.key,
        case_id=new.case,
        keeping=[{"event": one.event, "where": dict(one.where)} for one in new.keeping],
        awaits=f",{','.join(awaits)}," if awaits else "",
    )


def keep(pk: int, *, by: str, at: Micros | None = None, note: str = "") -> bool:
    """Record that a promise was kept at `at` (now, if not said).

    An open one is kept; a broken one too, if it turns out to have been kept in time; else it counts as
    put right. False when it was kept, withdrawn or put right already. Raises NoSuchPromise.
    """
    return keep_all([(_promise(pk), now_micros() if at is None else at)], by=by, note=note) > 0


def keep_all(kept: Sequence[tuple[Promise, Micros]], *, by: str, note: str = "") -> int:
    """Record that promises were kept, each at its moment; return how many it changed. As `keep`."""
    changed = 0
    for promise, at in kept:
        in_time = at <= to_micros(promise.due_at)
        if promise.state == BROKEN and not in_time:
            changed += put_right(promise.pk, by=by, note=note, at=at)
            continue
        with transaction.atomic():
            states = [OPEN, BROKEN] if in_time else [OPEN]
            done = Promise.objects.filter(
                pk=promise.pk, state__in=states, put_right_at__isnull=True
            ).update(
                state=KEPT,
                ended_at=from_micros(at),
                ended_by=by[:150],
                note=note or promise.note,
                holds_back=False,
            )
            if done:
                let_go(source_of(promise.pk))
                tell([_promise(promise.pk)], KEPT_EVENT, at)
                changed += 1
    return changed


def break_due(now: Micros, *, limit: int) -> int:
    """Break the promises whose time has passed, the longest past first; return how many.

    Exactly once each: the change of state is the condition. Their customers are held back and cases
    opened in the same transaction.
    """
    with transaction.atomic():
        due = Promise.objects.select_for_update().filter(state=OPEN, due_at__lte=from_micros(now))
        broken = list(due.order_by("due_at", "pk")[:limit])
        for promise in broken:
            _break(promise, by="", now=now)
        if broken:
            tell(broken, BROKEN_EVENT, now)
    return len(broken)


def break_(pk: int, *, by: str, note: str = "") -> bool:
    """Record a person's word that a promise was broken, before its time has come or after.

    False when it is no longer open. Raises NoSuchPromise.
    """
    now = now_micros()
    with transaction.atomic():
        promise = _promise(pk)
        if promise.state != OPEN:
            return False
        promise.note = note
        _break(promise, by=by, now=now)
        tell([promise], BROKEN_EVENT, now)
    return True


def _break(promise: Promise, *, by: str, now: Micros) -> None:
    promise.state, promise.ended_at, promise.ended_by = BROKEN, from_micros(now), by[:150]
    promise.holds_back = promise.customer_id != 0
    if promise.customer_id:
        hold_back(promise.customer_id, REASON, source_of(promise.pk))
    promise.repair_case_id = _case_for(promise)
    promise.save(
        update_fields=["state", "ended_at", "ended_by", "note", "holds_back", "repair_case_id"]
    )


def _case_for(promise: Promise) -> int:
    """Return the case in which a broken promise is put right: its own while it is open, else a new one."""
    case = Case.objects.filter(pk=promise.case_id).first() if promise.case_id else None
    number = case.pk if case is not None and case.is_open else _opened(promise, case)
    told = {"promise": promise.pk, "text": promise.text}
    cases.add_entry(number, kind=inbox.EVENT, author=inbox.BOT, what="promise_broken", told=told)
    return number


def _opened(promise: Promise, case: Case | None) -> int:
    channel, address, name, language = _reach(promise, case)
    opened = cases.open_case(
        customer=promise.customer_id,
        channel=channel,
        kind=inbox.COMPLAINT,
        severity=inbox.SERIOUS,
        subject=promise.text[:300],
        address=address,
        name=name,
        language=language,
        source=("promise", str(promise.pk)),
    )
    return int(opened.pk)


def _reach(promise: Promise, case: Case | None) -> tuple[str, str, str, str]:
    """Return (channel, address, name, language) in which its customer can be answered."""
    if case is not None:
        return case.channel, case.address, case.name, case.language
    person = people_of([promise.customer_id]).get(promise.customer_id)
    if person is None:
        return inbox.CALL, "", "", ""
    addresses = {inbox.EMAIL: person.email, inbox.SMS: person.phone}
    for channel in (promise.channel, inbox.EMAIL, inbox.SMS):
        if addresses.get(channel):
            return channel, addresses[channel], person.name, person.language
    return inbox.CALL, "", person.name, person.language


def put_right(pk: int, *, by: str, note: str = "", at: Micros | None = None) -> bool:
    """Record that what was broken has been made good, and let go what was held back for it.

    False when it is not broken, or was put right before. Raises NoSuchPromise.
    """
    moment = now_micros() if at is None else at
    with transaction.atomic():
        done = Promise.objects.filter(pk=pk, state=BROKEN, put_right_at__isnull=True).update(
            put_right_at=from_micros(moment), holds_back=False
        )
        promise = _promise(pk)
        if not done:
            return False
        if note:
            Promise.objects.filter(pk=pk).update(note=note)
        let_go(source_of(pk))
        tell([promise], PUT_RIGHT_EVENT, moment, by=by)
    return True


def withdraw(pk: int, *, by: str, note: str = "") -> bool:
    """Record that a promise no longer stands, with the customer's knowledge: it counts as neither.

    False when it is no longer open. Raises NoSuchPromise.
    """
    now = now_micros()
    with transaction.atomic():
        done = Promise.objects.filter(pk=pk, state=OPEN).update(
            state=WITHDRAWN, ended_at=from_micros(now), ended_by=by[:150], note=note
        )
        promise = _promise(pk)
        if done:
            tell([promise], WITHDRAWN_EVENT, now)
    return bool(done)


def postpone(pk: int, due_at: datetime, *, by: str, note: str = "") -> bool:
    """Give an open promise a new time that was agreed with the customer.

    False when it is no longer open. Raises NoSuchPromise, DueInThePast.
    """
    now = now_micros()
    if to_micros(due_at) <= now:
        raise DueInThePast
    with transaction.atomic():
        done = Promise.objects.filter(pk=pk, state=OPEN).update(
            due_at=due_at,
            remind_at=from_micros(now + (to_micros(due_at) - now) * 3 // 4),
            reminded_at=None,
            note=note,
        )
        promise = _promise(pk)
        if done:
            tell([promise], MOVED_EVENT, now, by=by)
    return bool(done)


def source_of(pk: int) -> str:
    """Return the name under which a promise holds campaigns back."""
    return f"promise:{pk}"


def tell(promises: Sequence[Promise], name: str, at: Micros, *, by: str = "") -> None:
    """Tell the log what became of promises, in the caller's transaction."""
    append_events(
        [
            NewEvent(one.customer_id, name, at, _encode({"properties": _told(one, by)}).decode())
            for one in promises
        ]
    )


def _told(promise: Promise, by: str) -> dict[str, Any]:
    told: dict[str, Any] = {
        "promise": promise.pk,
        "text": promise.text,
        "due_at": to_micros(promise.due_at),
        "origin": promise.origin,
        "key": promise.key,
        "owner": promise.owner,
        "team": promise.team,
        "channel": promise.channel,
        "by": by or promise.ended_by or promise.made_by,
    }
    if promise.case_id:
        told["case"] = promise.case_id
    if promise.repair_case_id:
        told["repair_case"] = promise.repair_case_id
    return told


def _promise(pk: int) -> Promise:
    found = Promise.objects.filter(pk=pk).first()
    if found is None:
        raise NoSuchPromise(f"There is no promise {pk}.", promise=pk)
    return found
