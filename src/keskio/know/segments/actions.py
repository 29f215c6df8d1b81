"""Writes of the wing: saving definitions, pausing, putting away, asking for a look at everyone."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from keskio.kernel.clock import now
from keskio.kernel.errors import Mistake
from keskio.kernel.sql import run
from keskio.know.segments.contracts import Fault, ModelDraft, SegmentDraft
from keskio.know.segments.documents import read_model, read_segment, ready_models
from keskio.know.segments.models import SavedVersion, Segment, StageModel
from keskio.know.segments.queries import NoSuchDefinition
from keskio.know.segments.shelf import cycle_through, names_in, needs_in, node_of
from keskio.know.special import special_among

SEGMENT, STAGES = SavedVersion.Kind.SEGMENT, SavedVersion.Kind.STAGES
_TABLES: dict[str, type[Segment | StageModel]] = {SEGMENT: Segment, STAGES: StageModel}


class CannotSave(Mistake):
    """The definition cannot be saved."""

    code = "cannot_save"

    def __init__(self, faults: Sequence[Fault]) -> None:
        told = " ".join(f"[{fault.place or 'text'}] {fault.sentence}" for fault in faults)
        super().__init__(f"{type(self).__doc__} {told}", faults=faults)
        self.faults = list(faults)


def save_segment(text: str, *, by: str = "") -> Segment:
    """Save a segment as the next version of its key; raises CannotSave with the faults.

    The same text as the last: nothing is saved. A changed condition is computed anew for everyone,
    without events: nothing has happened to the customers.
    """
    draft, faults = read_segment(text)
    if draft is None:
        raise CannotSave(faults)
    row = _save(Segment, SEGMENT, draft, text, by=by)
    assert isinstance(row, Segment)
    return row


def save_model(text: str, *, by: str = "") -> StageModel:
    """Save a model of stages, as `save_segment` does a segment."""
    draft, faults = read_model(text)
    if draft is None:
        raise CannotSave(faults)
    row = _save(StageModel, STAGES, draft, text, by=by)
    assert isinstance(row, StageModel)
    return row


def save_ready_models(*, by: str = "") -> list[StageModel]:
    """Save the models of stages that ship with the product, where there is none of their key yet."""
    known = set(StageModel.objects.values_list("key", flat=True))
    return [save_model(text, by=by) for key, text in ready_models().items() if key not in known]


def set_state(kind: str, key: str, state: str, *, by: str = "") -> None:
    """Let a definition be kept up (active), rest as it is (paused), or be put away (archived).

    What is put away has no members; what comes back is computed anew, without events. Raises
    NoSuchDefinition, and CannotSave when something that is not put away builds on it.
    """
    table = _TABLES[kind]
    with transaction.atomic():
        row = table.objects.select_for_update().filter(key=key).first()
        if row is None:
            raise NoSuchDefinition(f"There is no {kind} {key!r}.")
        if row.state == state:
            return
        if state == table.State.ARCHIVED:
            _refuse_while_used(kind, key)
            _empty(row)
        row.state = state
        row.next_at = now() if state == table.State.ACTIVE else None
        row.founded_at = None
        row.changed_at, row.changed_by = now(), by
        row.save()


def refresh(kind: str, key: str) -> None:
    """Ask for a look at everyone as soon as can be; raises NoSuchDefinition."""
    at = now()
    asked = _TABLES[kind].objects.filter(key=key, state="active")
    if not asked.update(asked_at=at, next_at=at):
        raise NoSuchDefinition(f"There is no active {kind} {key!r}.")


def faults_of_names(draft: SegmentDraft | ModelDraft, kind: str) -> list[Fault]:
    """Return what is wrong with the names of segments and models in a definition: unknown, or in a ring."""
    builds_on = {
        f"{SEGMENT if isinstance(row, Segment) else STAGES}:{row.key}": node_of(row).builds_on
        for table in (Segment, StageModel)
        for row in table.objects.exclude(state="archived")
    }
    mine = f"{kind}:{draft.key}"
    needs = needs_in(draft)
    wanted = names_in(needs)
    faults = [
        Fault("when", f"There is no {name.replace(':', ' ', 1)}.")
        for name in sorted(wanted)
        if name not in builds_on and name != mine
    ]
    faults += [
        Fault("when", f"{name!r} is health data or the like: no segment may be built on it.")
        for name in special_among(events=needs.events, traits=needs.traits)
    ]
    ring = cycle_through(mine, {**builds_on, mine: wanted})
    if ring:
        faults.append(Fault("when", f"It would build on itself: {' → '.join(ring)}."))
    return faults


def _save(
    table: type[Segment | StageModel],
    kind: str,
    draft: SegmentDraft | ModelDraft,
    text: str,
    *,
    by: str,
) -> Segment | StageModel:
    with transaction.atomic():
        faults = faults_of_names(draft, kind)
        if faults:
            raise CannotSave(faults)
        at = now()
        row = table.objects.select_for_update().filter(key=draft.key).first()
        if row is not None and row.document == text and row.state != table.State.ARCHIVED:
            return row
        if row is None:
            row = table(key=draft.key, version=0, next_at=at)
        elif row.state == table.State.ARCHIVED or _decides_otherwise(row, draft):
            row.state, row.founded_at, row.next_at = table.State.ACTIVE, None, at
        row.title, row.document, row.version = dict(draft.title), text, row.version + 1
        row.changed_at, row.changed_by = at, by
        row.save()
        SavedVersion.objects.create(
            kind=kind, key=row.key, number=row.version, document=text, saved_at=at, saved_by=by
        )
        return row


def _decides_otherwise(row: Segment | StageModel, draft: SegmentDraft | ModelDraft) -> bool:
    try:
        before = node_of(row).draft
    except ValueError:
        return True
    if isinstance(before, SegmentDraft) and isinstance(draft, SegmentDraft):
        return before.when != draft.when
    if isinstance(before, ModelDraft) and isinstance(draft, ModelDraft):
        keys = [[stage.key for stage in model.stages] for model in (before, draft)]
        return before.ways != draft.ways or keys[0] != keys[1]
    return True


def _refuse_while_used(kind: str, key: str) -> None:
    users = used_by(kind, key)
    if users:
        names = ", ".join(row.key for row in users)
        raise CannotSave([Fault("", f"{key!r} cannot be put away: {names} builds on it.")])


def used_by(kind: str, key: str) -> list[Segment | StageModel]:
    """Return the definitions (not put away) that build on one."""
    return [
        row
        for table in (Segment, StageModel)
        for row in table.objects.exclude(state="archived").order_by("key")
        if f"{kind}:{key}" in node_of(row).builds_on
    ]


def _empty(row: Segment | StageModel) -> None:
    if isinstance(row, Segment):
        run("DELETE FROM segments_membership WHERE segment_id = %s", (row.pk,))
    else:
        run("DELETE FROM segments_stageof WHERE model = %s", (row.key,))
    row.members = 0
