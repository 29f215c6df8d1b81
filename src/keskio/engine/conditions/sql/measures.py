"""Which measures would let the state table decide a condition, instead of a pass over events.

Whoever keeps the state table registers them once, and gives them to `members_sql` from then on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from keskio.engine.conditions import forms as f
from keskio.engine.conditions.reading import OF_CUSTOMERS, read_condition
from keskio.engine.conditions.sql.building import node_of
from keskio.engine.conditions.sql.picking import Kept, Picker
from keskio.engine.conditions.writing import document_of

PREFIX = "~asked:"
"""Keys of these measures begin so: nobody's event has such a name."""


class _Asked(Picker):
    """A picker that notes what it asks of the state table."""

    def __init__(self) -> None:
        super().__init__(0, "UTC", (), merged=False)
        self.wanted: dict[str, Kept] = {}

    def measure_of(self, event: str, where: f.Condition | None, of: str = "") -> str:
        """Note the measure, unless every event of a name is it, which is kept anyway."""
        if where is not None or of:
            key = _key_of(event, where, of)
            self.wanted[key] = Kept(key, event, where, of)
        return super().measure_of(event, where, of)


def measures_wanted(document: Mapping[str, Any] | f.Condition) -> tuple[Kept, ...]:
    """Return the measures by which the state table could decide atoms of a condition, by their keys.

    >>> kept = measures_wanted({"event": "Order", "where": {"property": "kind", "is": "car"}})
    >>> [(measure.event, measure.property) for measure in kept]
    [('Order', '')]
    >>> measures_wanted({"event": "Order", "times": {"at_least": 3}})
    ()

    Raises Unreadable as `members_sql` does.
    """
    form = document
    if isinstance(form, Mapping):
        form = read_condition(form, words=OF_CUSTOMERS)
    picker = _Asked()
    node_of(form, picker)
    return tuple(picker.wanted[key] for key in sorted(picker.wanted))


def _key_of(event: str, where: f.Condition | None, of: str) -> str:
    """Return the measure's key: what it is, as one line of text, the same for the same question."""
    told = [event, None if where is None else document_of(where), of]
    return PREFIX + msgspec.json.encode(told, order="sorted").decode()
