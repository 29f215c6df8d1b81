"""What is done to cases, one or many at once, from the list or by a macro; undone again where it can be."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

import msgspec
from django.contrib.auth.models import User
from django.db import transaction

from keskio.kernel.clock import from_micros, now, to_micros
from keskio.kernel.errors import Mistake
from keskio.respond.desk.actions import note_used, save_draft
from keskio.respond.desk.contracts import NOTE, REPLY
from keskio.respond.desk.macros import Told, foretold
from keskio.respond.desk.models import Macro, Undo
from keskio.respond.desk.queries import colleagues, newest_said
from keskio.respond.desk.sending import Asked, Writing, question_before, send
from keskio.respond.desk.snooze import until_of
from keskio.respond.inbox import actions as inbox
from keskio.respond.inbox.contracts import CLOSED, SNOOZED
from keskio.respond.inbox.models import Case

DOINGS = ("assign", "snooze", "close", "reopen", "wake")
MOST = 200
"""Cases that can be changed at once: what fits on a few pages of the list."""


class NothingChosen(Mistake):
    """Choose at least one case first."""

    code = "nothing_chosen"


class NoSuchPerson(Mistake):
    """There is nobody with that name to give cases to."""

    code = "no_such_person"


class NothingToUndo(Mistake):
    """This cannot be undone any more."""

    code = "nothing_to_undo"


class AskFirst(Mistake):
    """The macro sends a reply, and something is to be decided first."""

    code = "ask_first"


class Stood(msgspec.Struct, frozen=True):
    """How a case stood before something was done to it."""

    case: int
    state: str
    assignee: str
    snoozed_until: int | None = None
    version: int = 0


def do(what: str, cases: Collection[int], *, value: str = "", by: str) -> Undo:
    """Do one thing to some cases, in one transaction, and remember how they stood.

    `value`: to whom, or until when. Raises NothingChosen, NoSuchPerson, NoSuchTime and the inbox's.
    """
    chosen = list(dict.fromkeys(cases))[:MOST]
    if not chosen or what not in DOINGS:
        raise NothingChosen
    act = _act(what, value, by)
    with transaction.atomic():
        before = [_stood(case) for case in Case.objects.filter(pk__in=chosen).order_by("pk")]
        after = [act(one.case) for one in before]
        kept = [
            msgspec.to_builtins(msgspec.structs.replace(one, version=case.version))
            for one, case in zip(before, after, strict=True)
        ]
        return Undo.objects.create(username=by, what=what, before=kept, at=now())


def _act(what: str, value: str, by: str) -> Callable[[int], Case]:
    if what == "assign":
        if value and value not in colleagues():
            raise NoSuchPerson
        return lambda case: inbox.assign(case, to=value, by=by)
    if what == "snooze":
        until = until_of(value, now())
        return lambda case: inbox.snooze(case, until, by=by)
    plain: dict[str, Callable[[int], Case]] = {
        "close": lambda case: inbox.close(case, by=by),
        "reopen": lambda case: inbox.reopen(case, by=by),
        "wake": lambda case: inbox.wake(case, by=by),
    }
    return plain[what]


def _stood(case: Case) -> Stood:
    until = case.snoozed_until
    return Stood(case.pk, case.state, case.assignee, None if until is None else to_micros(until))


def undo(pk: int, *, by: str) -> int:
    """Put cases back to how they stood; return how many.

    Those that have changed since are left as they are. Raises NothingToUndo: not one's own, or done.
    """
    with transaction.atomic():
        # The condition lets one of two who press at once win.
        mine = Undo.objects.filter(pk=pk, username=by, undone_at__isnull=True)
        if not mine.update(undone_at=now()):
            raise NothingToUndo
        row = Undo.objects.get(pk=pk)
        found = msgspec.convert(row.before, list[Stood])
        versions = dict(
            Case.objects.filter(pk__in=[one.case for one in found]).values_list("pk", "version")
        )
        back = [one for one in found if versions.get(one.case) == one.version]
        for one in back:
            _put_back(one, by)
    return len(back)


def _put_back(one: Stood, by: str) -> None:
    case = Case.objects.get(pk=one.case)
    if case.assignee != one.assignee:
        inbox.assign(one.case, to=one.assignee, by=by)
    if case.state == CLOSED and one.state != CLOSED:
        inbox.reopen(one.case, by=by)
    if case.state == SNOOZED and one.state != SNOOZED:
        inbox.wake(one.case, by=by)
    until = from_micros(one.snoozed_until) if one.snoozed_until else None
    if one.state == SNOOZED and until is not None and until > now():
        inbox.snooze(one.case, until, by=by)
    elif one.state == CLOSED and case.state != CLOSED:
        inbox.close(one.case, by=by)


def run_macro(macro: Macro, case: Case, user: User, *, is_confirmed: bool = False) -> list[Told]:
    """Do what a macro says to a case, in one transaction; return what was done.

    Raises NotAMacro, CannotBeWritten, AskFirst (a public reply or a newer message: ask the person), and
    the inbox's own.
    """
    steps = foretold(macro, case, user)
    with transaction.atomic():
        for step in steps:
            _do_step(step, case, user, is_confirmed=is_confirmed)
        note_used(macro)
    return steps


def _do_step(step: Told, case: Case, user: User, *, is_confirmed: bool) -> None:
    by = user.get_username()
    version = newest_said(case.pk)
    if step.step == "draft":
        save_draft(case, by, kind=REPLY, text=step.text, version=version)
    elif step.step in ("reply", "note"):
        kind = REPLY if step.step == "reply" else NOTE
        writing = Writing(kind, step.text, version=version, is_confirmed=is_confirmed)
        asked: Asked | None = question_before(case, writing, by)
        if asked is not None:
            raise AskFirst
        send(case, writing, user)
    elif step.step == "assign":
        to = {"me": by, "nobody": ""}.get(step.value, step.value)
        _act("assign", to, by)(case.pk)
    elif step.step == "queue":
        assignee = Case.objects.values_list("assignee", flat=True).get(pk=case.pk)
        inbox.assign(case.pk, to=assignee, queue=step.value, by=by)
    elif step.step == "snooze":
        _act("snooze", str(step.value), by)(case.pk)
    elif step.step == "close":
        inbox.close(case.pk, by=by)
    else:
        changed: dict[str, Any] = {step.step: step.value}
        inbox.change(case.pk, by=by, **changed)


def latest_undo(username: str, *, within: Sequence[int] = ()) -> Undo | None:
    """Return what somebody did last and can still undo: of the last two minutes."""
    found = Undo.objects.filter(username=username, undone_at__isnull=True).order_by("-pk").first()
    if found is None or (now() - found.at).total_seconds() > 120:
        return None
    cases = {one["case"] for one in found.before}
    return found if not within or cases & set(within) else None
