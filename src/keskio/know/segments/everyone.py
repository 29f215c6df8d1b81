"""Looking at everyone at once: set-wise through the lake, the difference to the rows written in chunks.

The lake answers as of a place in the log. Customers of whom the log has told since then are left
alone by the difference and looked at one by one at the end, so that nothing new is undone by what is
older. Stopping anywhere loses and doubles nothing: a chunk is a transaction, and the next computation
finds what is left to write.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from typing import TypeVar

import numpy as np
from django.db import transaction
from numpy.typing import NDArray

from keskio.engine.conditions import ZONE
from keskio.engine.conditions.sql import members_sql
from keskio.engine.times import DAY, HOUR, MINUTE, SECOND
from keskio.events.api import last_position
from keskio.kernel.clock import Micros, now_micros
from keskio.kernel.errors import KeskioError
from keskio.kernel.sql import fetch
from keskio.know.segments.changing import change_members, change_stages
from keskio.know.segments.contracts import Document, ModelDraft, SegmentDraft
from keskio.know.segments.feeds import MEMBERSHIPS, STAGES
from keskio.know.segments.looking import look
from keskio.know.segments.measures import forget_others, keep_for, kept_for
from keskio.know.segments.models import Segment, StageModel
from keskio.know.segments.shelf import Node, in_order, node_of, nodes
from keskio.lake import api as lake
from keskio.lake.contracts import Engine

Ids = NDArray[np.int64]
T = TypeVar("T")
CHUNK = 5000
# The log may run ahead of the lake by so many events before the lake is brought up first.
MOST_AHEAD = 20_000
# What time alone changes is looked at again so often that it takes a hundredth of one processor.
SHARE = 100
SHORTEST_REST = MINUTE
LONGEST_REST = 6 * HOUR
AFTER_ERROR = 5 * MINUTE
SINCE = "SELECT DISTINCT customer_id FROM events_event WHERE id > %s"


class Everyone:
    """Looks at everyone again where that is due: new or changed definitions, and what time changes."""

    name = "segments.everyone"

    def run(self, stop: threading.Event) -> None:
        """Compute what is due until `stop` is set."""
        while not stop.is_set():
            if not self.turn(now_micros(), stop):
                stop.wait(1.0)

    def turn(self, now: Micros, stop: threading.Event | None = None) -> bool:
        """Compute one definition that is due, if any; True when there was one."""
        row = _next_due(now)
        if row is None:
            return False
        try:
            if row.founded_at is None:  # somebody has changed what is in use
                forget_others(nodes(only_followed=False))
            compute(row, now, stop)
        except KeskioError as error:
            _note_error(row, str(error), now)
        except (
            ValueError
        ) as error:  # a document saved by an older version that cannot be read any more
            _note_error(row, str(error), now)
        return True


def found_segments() -> None:
    """Write the first members of what is new by looking at customers one by one, without the lake.

    For seeding a small company; elsewhere the worker does it through the lake.
    """
    now = now_micros()
    with transaction.atomic():
        rows = {
            node_of(row).name: row
            for table in (Segment, StageModel)
            for row in table.objects.filter(state="active", founded_at__isnull=True)
        }
        customers = [row[0] for row in fetch("SELECT id FROM know_customer ORDER BY id")]
        for node in in_order(map(node_of, rows.values())):
            begun = time.perf_counter()
            for part in _parts(customers):
                look([node], {node.name: part}, now=now, silent=(node.name,))
            took = round((time.perf_counter() - begun) * SECOND)
            _note_success(rows[node.name], node, now, place=last_position(), took=took)


def compute(row: Segment | StageModel, now: Micros, stop: threading.Event | None = None) -> bool:
    """Bring a definition's rows to what holds as of `now`; False when it was stopped or overtaken.

    The first computation of a definition (or of a changed one) tells no events: nothing has
    happened to the customers.
    """
    begun = time.perf_counter()
    node = node_of(row)
    if _lag() > MOST_AHEAD:
        lake.bring_up_to_date()
    keep_for(node)
    with lake.engine() as engine:
        place = engine.position
        changes = _changes(node, engine, now)
    is_told = row.founded_at is not None
    for chunk in changes:
        if stop is not None and stop.is_set():
            return False
        with transaction.atomic():
            if not _is_current(row):
                return False
            _write(node, chunk, _told_since(place), now, is_told=is_told)
    with transaction.atomic():
        if not _is_current(row):
            return False
        newer = _told_since(place)
        look([node], {node.name: newer}, now=now, silent=() if is_told else (node.name,))
        took = round((time.perf_counter() - begun) * SECOND)
        _note_success(row, node, now, place=place, took=took)
    if not is_told:
        # The lake hears of customers by their events, and of founders there are none.
        lake.refill(MEMBERSHIPS if node.kind == "segment" else STAGES)
    return True


def ids_of(engine: Engine, condition: Document, now: Micros) -> Ids:
    """Return the customers who meet a condition, in the order of their ids."""
    merged = engine.ids("SELECT record FROM redirects LIMIT 1").size > 0
    sql = members_sql(condition, now=now, zone=ZONE, kept=kept_for(condition), redirects=merged)
    return np.sort(engine.ids(sql))


def stages_by_lake(engine: Engine, model: ModelDraft, now: Micros) -> tuple[Ids, Ids]:
    """Return every customer, and beside it the number of its stage in the model (-1: none)."""
    everyone = np.sort(engine.ids("SELECT customer FROM customers"))
    number = {stage.key: at for at, stage in enumerate(model.stages)}
    found = np.full(len(everyone), -1, dtype=np.int64)
    left = np.ones(len(everyone), dtype=np.bool_)
    for way in model.ways:
        mine = left.copy()
        if way.only_for is not None:
            mine &= np.isin(everyone, ids_of(engine, way.only_for, now))
        left &= ~mine
        for rule in way.rules:
            here = mine.copy()
            if rule.when is not None:
                here &= np.isin(everyone, ids_of(engine, rule.when, now))
            found[here] = number[rule.stage]
            mine &= ~here
    return everyone, found


Chunk = tuple[Sequence[int], Sequence[int]] | dict[int, str]


def _changes(node: Node, engine: Engine, now: Micros) -> list[Chunk]:
    """Return what the rows in force lack and have too much, in chunks."""
    if isinstance(node.draft, SegmentDraft):
        wanted = ids_of(engine, node.draft.when, now)
        have = _members(node.row.id)
        entering = np.setdiff1d(wanted, have, assume_unique=True).tolist()
        leaving = np.setdiff1d(have, wanted, assume_unique=True).tolist()
        return [
            *((part, []) for part in _parts(entering)),
            *(([], part) for part in _parts(leaving)),
        ]
    everyone, numbers = stages_by_lake(engine, node.draft, now)
    keys = [stage.key for stage in node.draft.stages]
    have_ids, have_numbers = _stages(node.row.key, keys)
    before = np.full(len(everyone), -1, dtype=np.int64)
    before[np.isin(everyone, have_ids)] = have_numbers[np.isin(have_ids, everyone)]
    other = np.flatnonzero(before != numbers)
    moved = [
        (int(everyone[at]), keys[numbers[at]] if numbers[at] >= 0 else "") for at in other.tolist()
    ]
    moved += [(int(gone), "") for gone in np.setdiff1d(have_ids, everyone, assume_unique=True)]
    return [dict(part) for part in _parts(moved)]


def _write(node: Node, chunk: Chunk, newer: set[int], now: Micros, *, is_told: bool) -> None:
    if isinstance(chunk, dict):
        stages = {customer: stage for customer, stage in chunk.items() if customer not in newer}
        change_stages(node.row, stages, at=now, is_told=is_told)
        return
    entering, leaving = ([c for c in part if c not in newer] for part in chunk)
    change_members(node.row, entering=entering, leaving=leaving, at=now, is_told=is_told)


def _members(segment: int) -> Ids:
    sql = "SELECT customer_id FROM segments_membership WHERE segment_id = %s ORDER BY customer_id"
    return np.array([row[0] for row in fetch(sql, (segment,))], dtype=np.int64)


def _stages(model: str, keys: list[str]) -> tuple[Ids, Ids]:
    """Return who is at a stage, and its number; a stage that the model has no more is -2."""
    sql = "SELECT customer_id, stage FROM segments_stageof WHERE model = %s ORDER BY customer_id"
    rows = fetch(sql, (model,))
    number = {key: at for at, key in enumerate(keys)}
    return (
        np.array([row[0] for row in rows], dtype=np.int64),
        np.array([number.get(row[1], -2) for row in rows], dtype=np.int64),
    )


def _parts(items: list[T]) -> Iterator[list[T]]:
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]


def _told_since(place: int) -> set[int]:
    return {row[0] for row in fetch(SINCE, (place,))}


def _lag() -> int:
    return last_position() - lake.position()


def _is_current(row: Segment | StageModel) -> bool:
    """Tell whether the definition is still as it was read, and keep it so in this transaction."""
    found = (
        type(row)
        .objects.select_for_update()
        .filter(pk=row.pk, version=row.version, state=row.State.ACTIVE)
    )
    return found.first() is not None


def _rest(node: Node, took: Micros) -> Micros:
    """Return for how long everyone may be left alone: a day where time changes nothing."""
    if not node.needs.clock:
        return DAY
    return min(max(SHARE * took, SHORTEST_REST), LONGEST_REST)


def _next_due(now: Micros) -> Segment | StageModel | None:
    """Return a definition that is due, one on which no other that is due builds first."""
    rows: dict[str, Segment | StageModel] = {}
    found = []
    for table in (Segment, StageModel):
        for row in table.objects.filter(state="active", next_at__lte=now).order_by("next_at", "pk"):
            try:
                node = node_of(row)
            except ValueError:
                return row
            rows[node.name] = row
            found.append(node)
    return rows[in_order(found)[0].name] if found else None


def _note_success(
    row: Segment | StageModel, node: Node, now: Micros, *, place: int, took: Micros
) -> None:
    type(row).objects.filter(pk=row.pk).update(
        place=place,
        computed_at=now,
        took=took,
        error="",
        asked_at=None,
        founded_at=row.founded_at or now,
        next_at=now + _rest(node, took),
    )


def _note_error(row: Segment | StageModel, sentence: str, now: Micros) -> None:
    later = now + AFTER_ERROR
    type(row).objects.filter(pk=row.pk).update(error=sentence, next_at=later)
