"""The definitions as they are compiled: in the order in which they build on one another, with their needs.

Segments and models of stages are the nodes of one graph: a segment may ask for another segment or for
a stage, and rules of stages for segments. `actions` lets no cycle in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache, reduce
from operator import or_

import msgspec

from keskio.engine.conditions import (
    NOTHING,
    Condition,
    Needs,
    Subject,
    compile_condition,
    needs_of,
)
from keskio.kernel.clock import Micros
from keskio.know.segments.changing import Named
from keskio.know.segments.contracts import Document, ModelDraft, SegmentDraft
from keskio.know.segments.documents import read_model, read_segment
from keskio.know.segments.models import Segment, StageModel

# A customer of whom nothing is known.
NOBODY = Subject()
Decide = Callable[[Subject], "bool | str"]


class Node(msgspec.Struct, frozen=True, eq=False, gc=False):
    """A definition ready for use; `builds_on` are names of other nodes."""

    row: Named
    kind: str
    draft: SegmentDraft | ModelDraft
    needs: Needs

    @property
    def name(self) -> str:
        """The node's name in the graph: `segment:loyal` or `stages:aidaser`."""
        return f"{self.kind}:{self.row.key}"

    @property
    def builds_on(self) -> frozenset[str]:
        """The nodes that it asks for."""
        return names_in(self.needs)

    def decide(self, now: Micros) -> Decide:
        """Return the function that decides as of `now`: a membership, or a stage ("": none)."""
        if isinstance(self.draft, SegmentDraft):
            return compile_condition(self.draft.when, now=now)
        return _stage_of(self.draft, now)


def conditions_of(draft: SegmentDraft | ModelDraft) -> list[Document]:
    """Return every condition that a definition holds."""
    if isinstance(draft, SegmentDraft):
        return [draft.when]
    rules = [rule.when for way in draft.ways for rule in way.rules]
    groups = [way.only_for for way in draft.ways]
    return [condition for condition in [*groups, *rules] if condition is not None]


def names_in(needs: Needs) -> frozenset[str]:
    """Return the names of nodes that conditions with these needs ask for."""
    segments = (f"segment:{key}" for key in needs.segments)
    return frozenset([*segments, *(f"stages:{key}" for key in needs.stages)])


def node_of(row: Segment | StageModel) -> Node:
    """Return one definition ready for use. Raises ValueError for a document that cannot be read."""
    kind = "segment" if isinstance(row, Segment) else "stages"
    draft, needs = _read(kind, row.document)
    return Node(Named(row.pk, row.key, dict(row.title)), kind, draft, needs)


def nodes(*, only_followed: bool) -> list[Node]:
    """Return the active definitions, those first on which others build.

    `only_followed`: only those whose first members have been written, so that events keep them up.
    """
    found = []
    for table in (Segment, StageModel):
        rows = table.objects.filter(state="active")
        if only_followed:
            rows = rows.filter(founded_at__isnull=False)
        found += [node_of(row) for row in rows.order_by("pk")]
    return in_order(found)


def in_order(given: Iterable[Node]) -> list[Node]:
    """Return nodes so that each stands behind those on which it builds."""
    waiting = {node.name: node for node in given}
    ordered: list[Node] = []
    while waiting:
        ready = [node for node in waiting.values() if not (node.builds_on & waiting.keys())]
        # A cycle cannot be saved; should there be one, its nodes come as they stand.
        ordered += [waiting.pop(node.name) for node in ready or list(waiting.values())]
    return ordered


def cycle_through(name: str, builds_on: Mapping[str, Iterable[str]]) -> list[str]:
    """Return the way from node `name` back to itself, or nothing.

    >>> cycle_through("a", {"a": ["b"], "b": ["c"], "c": ["a"]})
    ['a', 'b', 'c', 'a']
    >>> cycle_through("a", {"a": ["b"], "b": []})
    []
    """
    ways = [[name]]
    seen: set[str] = set()
    while ways:
        way = ways.pop()
        for following in builds_on.get(way[-1], ()):
            if following == name:
                return [*way, name]
            if following not in seen:
                seen.add(following)
                ways.append([*way, following])
    return []


def needs_in(draft: SegmentDraft | ModelDraft) -> Needs:
    """Return what the conditions of a definition look at."""
    return reduce(or_, map(needs_of, conditions_of(draft)), NOTHING)


@lru_cache(maxsize=512)
def _read(kind: str, text: str) -> tuple[SegmentDraft | ModelDraft, Needs]:
    draft, faults = read_segment(text) if kind == "segment" else read_model(text)
    if draft is None:
        raise ValueError(" ".join(f"{fault.place}: {fault.sentence}" for fault in faults))
    return draft, needs_in(draft)


def _stage_of(model: ModelDraft, now: Micros) -> Callable[[Subject], str]:
    def compiled(document: Document | None) -> Condition:
        return compile_condition(document, now=now)

    ways = [
        (compiled(way.only_for), [(rule.stage, compiled(rule.when)) for rule in way.rules])
        for way in model.ways
    ]

    def stage_of(subject: Subject) -> str:
        for belongs, rules in ways:
            if belongs(subject):
                return next((stage for stage, holds in rules if holds(subject)), "")
        return ""

    return stage_of
