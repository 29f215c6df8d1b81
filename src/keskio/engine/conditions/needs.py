"""What a condition looks at: so that no more is read than it needs, and nobody is asked in vain."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from keskio.engine.conditions import forms as f
from keskio.engine.times import DAY

PERIODS = {"day": 2 * DAY, "week": 8 * DAY, "month": 32 * DAY, "year": 367 * DAY}


class Needs(msgspec.Struct, frozen=True):
    """What must be known of a customer.

    `consents`: "purpose/channel". `objects`: kinds. `events`: for each name, how far back from now in
    microseconds events must be known, or None for all of them. `clock`: the answer can change as time
    goes by. `own`: it asks of the event or the dialogue at hand, and has no answer elsewhere
    (`variables`: of the dialogue's variables).
    """

    traits: frozenset[str] = frozenset()
    consents: frozenset[str] = frozenset()
    segments: frozenset[str] = frozenset()
    stages: frozenset[str] = frozenset()
    objects: frozenset[str] = frozenset()
    events: Mapping[str, int | None] = {}
    clock: bool = False
    own: bool = False
    variables: bool = False

    def __or__(self, other: Needs) -> Needs:
        """Return the needs of both."""
        return Needs(
            self.traits | other.traits,
            self.consents | other.consents,
            self.segments | other.segments,
            self.stages | other.stages,
            self.objects | other.objects,
            _longer(self.events, other.events),
            self.clock or other.clock,
            self.own or other.own,
            self.variables or other.variables,
        )

    @property
    def looks_further(self) -> bool:
        """Whether more is asked than traits and consents, which are read with every customer."""
        return bool(self.segments or self.stages or self.objects or self.events)

    @property
    def is_bounded(self) -> bool:
        """Whether no history of events is needed from its beginning."""
        return None not in self.events.values()


NOTHING = Needs()


def needs_of_form(form: f.Condition) -> Needs:
    """Return what `form` looks at."""
    if isinstance(form, (f.AllOf, f.AnyOf)):
        return together(map(needs_of_form, form.parts))
    if isinstance(form, f.Not):
        return needs_of_form(form.part)
    return _NEEDS.get(type(form), _needs_of_events)(form)


def _needs_of_values(form: f.Compared) -> Needs:
    if form.field == "trait":
        return Needs(traits=frozenset({form.name}))
    return Needs(own=True, variables=form.field == "variable")


def _needs_of_objects(form: f.Has) -> Needs:
    moves = form.date is not None and _moves(form.date.window)
    return Needs(objects=frozenset({form.kind}), clock=moves)


_NEEDS: Mapping[type, Callable[[Any], Needs]] = {
    f.Compared: _needs_of_values,
    f.Dated: lambda form: Needs(traits=frozenset({form.trait}), clock=_moves(form.window)),
    f.Anniversary: lambda form: Needs(traits=frozenset({form.trait}), clock=True),
    f.Consented: lambda form: Needs(consents=frozenset({f"{form.purpose}/{form.channel}"})),
    f.Staged: lambda form: Needs(stages=frozenset({form.model}), clock=form.held is not None),
    f.InSegment: lambda form: Needs(segments=frozenset({form.key}), clock=form.held is not None),
    f.Has: _needs_of_objects,
}


def _needs_of_events(form: f.Did | f.Figure | f.Recency | f.Followed) -> Needs:
    if isinstance(form, f.Recency):
        # The very first and the very last are known only where all are.
        known_by_window = form.which == "last" and form.window.kind in ("last", "this")
        reach = _reach(form.window) if known_by_window else None
        return Needs(events={form.event: reach}, clock=_moves(form.window))
    reach = _reach(form.window)
    if isinstance(form, f.Followed):
        events = _longer({form.event: reach}, {form.then: reach})
        return Needs(events=events, clock=not form.came or _moves(form.window))
    return Needs(events={form.event: reach}, clock=_moves(form.window))


def together(many: Iterable[Needs]) -> Needs:
    """Return the needs of all."""
    found = NOTHING
    for needs in many:
        found = found | needs
    return found


def _moves(window: f.Window | None) -> bool:
    return window is not None and window.kind != "between"


def _reach(window: f.Window | None) -> int | None:
    if window is None or window.kind in ("before", "between"):
        return None
    if window.kind == "this":
        assert window.period is not None
        return PERIODS[window.period]
    assert window.length is not None
    return window.length.most + DAY


def _longer(
    first: Mapping[str, int | None], second: Mapping[str, int | None]
) -> dict[str, int | None]:
    found = dict(first)
    for name, reach in second.items():
        known = found.get(name, 0)
        found[name] = None if reach is None or known is None else max(reach, known)
    return found
