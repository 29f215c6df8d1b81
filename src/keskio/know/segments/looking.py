"""Looking at customers one by one: who of those touched now belongs where, and what changes by it.

The facts of all touched customers are read set-wise, each definition decides for its own, in the order
in which they build on one another; what one changes, those that build on it look at in the same
computation. Only the end of a computation counts: who came and went within it did neither.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import reduce
from operator import or_

import msgspec

from keskio.engine.conditions import NOTHING, Subject
from keskio.kernel.clock import Micros
from keskio.know.facts import subjects_of
from keskio.know.segments.changing import change_members, change_stages, in_force
from keskio.know.segments.queries import memberships_of, stages_of
from keskio.know.segments.shelf import Node

Segments = dict[int, dict[str, Micros]]
Stages = dict[int, dict[str, tuple[str, Micros]]]


def look(
    nodes: Sequence[Node],
    touched: Mapping[str, Collection[int]],
    *,
    now: Micros,
    silent: Collection[str] = (),
) -> int:
    """Look at the customers `touched` (by node's name) again; return how many changes were written.

    `nodes` stand in the order of `shelf.in_order`. Changes of the nodes in `silent` are not told as
    events. Called inside a transaction.
    """
    everyone = {customer for customers in touched.values() for customer in customers}
    if not everyone:
        return 0
    concerned = _concerned(nodes, touched)
    needs = reduce(or_, (node.needs for node in concerned), NOTHING)
    subjects = subjects_of(everyone, needs, now=now)
    allowed = in_force(everyone) & subjects.keys()
    view = _View(subjects, memberships_of(everyone), stages_of(everyone))
    changes = 0
    moved: dict[str, set[int]] = {}
    for node in concerned:
        mine = set(touched.get(node.name, ())).union(
            *(moved.get(below, ()) for below in node.builds_on)
        )
        moved[node.name] = _decide(node, mine, allowed, view, now, is_told=node.name not in silent)
        changes += len(moved[node.name])
    return changes


class _View:
    """What the definitions see: facts as they are, memberships and stages as they become."""

    def __init__(self, subjects: Mapping[int, Subject], segments: Segments, stages: Stages) -> None:
        self._subjects = subjects
        self.segments = segments
        self.stages = stages

    def of(self, customer: int) -> Subject:
        """Return one customer as it is at this point of the computation."""
        return msgspec.structs.replace(
            self._subjects[customer],
            segments=self.segments.get(customer, {}),
            stages=self.stages.get(customer, {}),
        )


def _concerned(nodes: Sequence[Node], touched: Mapping[str, Collection[int]]) -> list[Node]:
    """Return the nodes with somebody to look at, and those that build on them."""
    names = {name for name, customers in touched.items() if customers}
    concerned = []
    for node in nodes:
        if node.name in names or node.builds_on & names:
            names.add(node.name)
            concerned.append(node)
    return concerned


def _decide(
    node: Node, mine: set[int], allowed: set[int], view: _View, now: Micros, *, is_told: bool
) -> set[int]:
    """Decide one definition for its customers, write what changes, and return whose it was."""
    decide = node.decide(now)
    if node.kind == "stages":
        stages = {c: str(decide(view.of(c))) if c in allowed else "" for c in mine}
        changed = change_stages(node.row, stages, at=now, is_told=is_told)
        for customer, stage in changed.items():
            theirs = view.stages.setdefault(customer, {})
            theirs.pop(node.row.key, None)
            if stage:
                theirs[node.row.key] = (stage, now)
        return set(changed)
    key = node.row.key
    wanted = {customer for customer in mine & allowed if decide(view.of(customer))}
    inside = {customer for customer in mine if key in view.segments.get(customer, ())}
    entered, left = change_members(
        node.row, entering=wanted - inside, leaving=inside - wanted, at=now, is_told=is_told
    )
    for customer in entered:
        view.segments.setdefault(customer, {})[key] = now
    for customer in left:
        view.segments[customer].pop(key, None)
    return {*entered, *left}
