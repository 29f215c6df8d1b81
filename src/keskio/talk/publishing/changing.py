"""Carrying out a published change for those inside, and undoing it: asked for slice by slice.

The job only asks, through the log; the runner moves each enrolment when its turn comes, so that
nothing of what a customer does meanwhile is lost. A slice and its place are written together: killed
anywhere, the job goes on where it was.
"""

from __future__ import annotations

from collections import Counter

import msgspec
from django.db import transaction

from keskio.engine.dialogue.migrating import MOVING, RETURNING, Plan
from keskio.engine.dialogue.program import Program
from keskio.events.api import append_events
from keskio.events.contracts import NewEvent
from keskio.kernel.clock import Micros, now, to_micros
from keskio.kernel.errors import Mistake
from keskio.kernel.sql import fetch, run
from keskio.talk.models import Change, Version
from keskio.talk.publishing.plans import CannotMove, Old, faults_of
from keskio.talk.shelf import program_of
from keskio.talk.store import text_of

SLICE = 1000
WINDOW = 50_000  # numbers of enrolments that are looked through at a time: other dialogues' too
PATIENCE = 600_000_000  # how long it waits for the runner before it stops waiting for the last
INSIDE = """
    SELECT version_id, step, count(*) FROM talk_enrolment
    WHERE dialogue_id = %s AND status = 0 AND version_id <> %s GROUP BY version_id, step
"""
ENTERED = "SELECT coalesce(max(id), 0) FROM talk_enrolment WHERE dialogue_id = %s"
# Out of earlier versions only: whoever has come into a later one meanwhile does not go back.
TO_MOVE = """
    SELECT id, customer_id, step FROM talk_enrolment
    WHERE id > %s AND id <= %s AND dialogue_id = %s AND status = 0 AND version_id < %s
    ORDER BY id LIMIT %s
"""
TO_RETURN = """
    SELECT m.enrolment_id, e.customer_id FROM talk_moved m
    JOIN talk_enrolment e ON e.id = m.enrolment_id
    WHERE m.change_id = %s AND m.enrolment_id > %s AND m.undone = ''
      AND (m.verdict IN ('followed', 'moved') AND e.status = 0
           OR m.verdict = 'exited' AND e.status = 2 AND length(m.before) > 0)
    ORDER BY m.enrolment_id LIMIT %s
"""
FORWARD = """
    UPDATE talk_change SET reached = %s, asked = asked + %s, asked_at = %s
    WHERE id = %s AND state = %s AND reached = %s
"""
ANSWERED = "SELECT count(*) FROM talk_moved WHERE change_id = %s"
RETURNED = "SELECT count(*) FROM talk_moved WHERE change_id = %s AND undone <> ''"
FINISH = "UPDATE talk_change SET state = %s, done_at = %s WHERE id = %s AND state = %s"
# Whoever was over before the undo came by stays as they are.
OVER = """
    UPDATE talk_moved SET undone = 'over'
    WHERE change_id = %s AND undone = '' AND verdict IN ('followed', 'moved')
"""
# What an undo would find: who is as the move left them, and who of those taken out has entered anew.
UNMOVED = """
    SELECT count(*) FROM talk_moved m
    JOIN talk_enrolment e ON e.id = m.enrolment_id AND e.status = 0 AND e.state = m.after
    WHERE m.change_id = %s AND m.undone = '' AND m.verdict IN ('followed', 'moved')
"""
OUT = """
    SELECT EXISTS (
        SELECT 1 FROM talk_enrolment n
        WHERE n.customer_id = e.customer_id AND n.dialogue_id = e.dialogue_id
          AND n.object_key = e.object_key AND n.entered_at > e.entered_at
    ) AS anew, count(*)
    FROM talk_moved m
    JOIN talk_enrolment e ON e.id = m.enrolment_id AND e.status = 2 AND e.outcome = 'ended_by_change'
    WHERE m.change_id = %s AND m.undone = '' AND m.verdict = 'exited' AND length(m.before) > 0
    GROUP BY 1
"""
COUNTS = """
    SELECT verdict, reason, deadline, undone, count(*) FROM talk_moved
    WHERE change_id = %s GROUP BY verdict, reason, deadline, undone
"""


class NotUndoable(Mistake):
    """This change is still being carried out, or has been undone already."""

    code = "not_undoable"


class Progress(msgspec.Struct, frozen=True):
    """How far a change is, and what it did: `stayed`, `deadlines` and `left` by reason."""

    asked: int
    answered: int
    followed: int
    moved: int
    exited: int
    gone: int
    stayed: dict[str, int]
    deadlines: dict[str, int]
    back: int
    left: dict[str, int]

    @property
    def all_stayed(self) -> int:
        """Return how many stayed on their version, whatever the reason."""
        return sum(self.stayed.values())

    @property
    def all_left(self) -> int:
        """Return how many an undo left where they are."""
        return sum(self.left.values())


class UndoPlan(msgspec.Struct, frozen=True):
    """What an undo would do now: how many go back and come back, and who stays out or where they are.

    `taken_out` come back at the most: who has done something meanwhile, or hung on a message that was
    taken back, is found out one by one.
    """

    moved: int
    taken_out: int
    entered_anew: int

    @property
    def all_back(self) -> int:
        """Return how many come back at the most."""
        return self.moved + self.taken_out


def undo_plan_of(change: int) -> UndoPlan:
    """Return what undoing a change would do with those whom it moved or took out. Two queries."""
    out = {bool(anew): count for anew, count in fetch(OUT, (change,))}
    return UndoPlan(fetch(UNMOVED, (change,))[0][0], out.get(False, 0), out.get(True, 0))


def olds_of(dialogue: int, new: int = 0) -> list[Old]:
    """Return the versions of a dialogue that people are in, but `new`, each with its counts."""
    by_version: dict[int, dict[str, int]] = {}
    for version, step, count in fetch(INSIDE, (dialogue, new)):
        by_version.setdefault(version, {})[step] = count
    rows = Version.objects.filter(pk__in=by_version).order_by("number")
    return [Old(v.pk, v.number, program_of(v.pk), by_version[v.pk]) for v in rows]


def check_plan(plan: Plan, new: Program, olds: list[Old]) -> None:
    """Raise CannotMove when `plan` leaves somebody without a place in `new`."""
    faults = faults_of(plan, new, olds)
    if faults:
        raise CannotMove(faults)


def begin_change(version: Version, plan: Plan, *, by: str) -> Change:
    """Begin to move those inside the other versions of its dialogue to `version`, as `plan` says.

    `plan` has been checked. Called in the transaction that publishes the version.
    """
    return Change.objects.create(
        dialogue_id=version.dialogue_id,
        version=version,
        plan=text_of(plan),
        last=fetch(ENTERED, (version.dialogue_id,))[0][0],
        begun_at=now(),
        begun_by=by,
    )


def undo_change(change: int, *, by: str, with_version: bool = True) -> None:
    """Begin to bring back whom a change moved or took out and to whom nothing has happened since.

    `with_version`: newcomers come into the version before again. Raises NotUndoable.
    """
    with transaction.atomic():
        row = Change.objects.select_for_update().get(pk=change)
        if row.state != Change.State.DONE:
            raise NotUndoable
        row.state, row.reached, row.asked = Change.State.UNDOING, 0, 0
        row.undone_by, row.undone_at = by, now()
        row.save()
        dialogue = row.dialogue
        if with_version and dialogue.live_version_id == row.version_id:
            before = _version_before(row)
            if before is not None:
                dialogue.live_version, dialogue.changed_at = before, now()
                dialogue.save(update_fields=["live_version", "changed_at"])


def _version_before(change: Change) -> Version | None:
    """Return the version that was live before the change: the last but those that were undone themselves."""
    undone = Change.objects.filter(
        dialogue=change.dialogue_id, state__in=(Change.State.UNDOING, Change.State.UNDONE)
    )
    earlier = change.dialogue.versions.filter(number__lt=change.version.number)
    return earlier.exclude(pk__in=undone.values("version_id")).order_by("-number").first()


def progress_of(change: Change) -> Progress:
    """Return what a change has done so far."""
    verdicts: Counter[str] = Counter()
    stayed: Counter[str] = Counter()
    deadlines: Counter[str] = Counter()
    undone: Counter[str] = Counter()
    for verdict, reason, deadline, undo, count in fetch(COUNTS, (change.pk,)):
        verdicts[verdict] += count
        if verdict == "stayed":
            stayed[reason] += count
        if deadline:
            deadlines[deadline] += count
        if undo:
            undone[undo] += count
    back = undone.pop("back", 0)
    return Progress(
        asked=change.asked,
        answered=verdicts.total()
        if change.state in ("carrying", "done")
        else back + undone.total(),
        followed=verdicts["followed"],
        moved=verdicts["moved"],
        exited=verdicts["exited"],
        gone=verdicts["gone"],
        stayed=dict(stayed),
        deadlines=dict(deadlines),
        back=back,
        left=dict(undone),
    )


class Carrier:
    """A job: asks for one slice of one change a turn, and finishes those that have been answered."""

    name = "changes"

    def turn(self, now: Micros) -> bool:
        """Ask for the next slice; True while there may be more to ask for."""
        change = (
            Change.objects.filter(state__in=(Change.State.CARRYING, Change.State.UNDOING))
            .order_by("id")
            .first()
        )
        if change is None:
            return False
        if change.state == Change.State.CARRYING:
            return self._carry(change, now)
        return self._undo(change, now)

    def _carry(self, change: Change, now: Micros) -> bool:
        if change.reached >= change.last:
            self._finish(change, ANSWERED, Change.State.DONE, now)
            return False
        window = min(change.reached + WINDOW, change.last)
        asked = (change.reached, window, change.dialogue_id, change.version_id, SLICE)
        rows = fetch(TO_MOVE, asked)
        reached = rows[-1][0] if len(rows) == SLICE else window
        plan = msgspec.json.decode(change.plan, type=Plan)
        called = [(one, customer) for one, customer, at in rows if plan.at(at).kind != "stay"]
        return self._ask(change, MOVING, called, reached, now)

    def _undo(self, change: Change, now: Micros) -> bool:
        rows = fetch(TO_RETURN, (change.pk, change.reached, SLICE))
        if not rows:
            self._finish(change, RETURNED, Change.State.UNDONE, now)
            return False
        return self._ask(change, RETURNING, [(r[0], r[1]) for r in rows], rows[-1][0], now)

    def _ask(
        self, change: Change, name: str, whom: list[tuple[int, int]], reached: int, now: Micros
    ) -> bool:
        """Ask and go on in one transaction; of two who would ask for the same, one does."""
        told = [
            NewEvent(
                customer,
                name,
                now,
                text_of({"properties": {"change": change.pk, "enrolment": enrolment}}),
            )
            for enrolment, customer in whom
        ]
        with transaction.atomic():
            went = run(FORWARD, (reached, len(told), now, change.pk, change.state, change.reached))
            if went == 1:
                append_events(told)
        return True

    def _finish(self, change: Change, counting: str, state: str, now: Micros) -> None:
        answered = fetch(counting, (change.pk,))[0][0]
        asked_at = to_micros(change.asked_at) if change.asked_at else 0
        if answered < change.asked and now < asked_at + PATIENCE:
            return
        with transaction.atomic():
            if run(FINISH, (state, now, change.pk, change.state)) == 1 and state == "undone":
                run(OVER, (change.pk,))
