"""Which events can change what a condition says: so that a dialogue is told when it may have."""

from __future__ import annotations

from keskio.engine.conditions import Form, Needs, needs_of

TRAIT_NAMES = frozenset({"customer.identified", "customer.updated", "customer.computed"})
OBJECT_CHANGED, OBJECT_ENDED = "object.changed", "object.ended"
OBJECT_NAMES = frozenset({OBJECT_CHANGED, OBJECT_ENDED})
CONSENT_NAMES = frozenset(
    {"consent.given", "consent.denied", "consent.withdrawn", "consent.expired"}
)


def wakes_of(form: Form) -> frozenset[str]:
    """Return the names of the events after which `form` may be decided otherwise."""
    needs = needs_of(form)
    names = frozenset(needs.events)
    for asked, told in _TOLD_BY:
        if getattr(needs, asked):
            names |= told
    return names


def is_about_dates(name: str) -> bool:
    """Tell whether an event called `name` can move a date of the customer's or of her objects."""
    return name in TRAIT_NAMES or name == OBJECT_CHANGED


_TOLD_BY: tuple[tuple[str, frozenset[str]], ...] = (
    ("traits", TRAIT_NAMES),
    ("consents", CONSENT_NAMES),
    ("segments", frozenset({"segment.entered", "segment.left"})),
    ("stages", frozenset({"stage.changed"})),
    ("objects", OBJECT_NAMES),
)
assert all(asked in Needs.__struct_fields__ for asked, _ in _TOLD_BY)
