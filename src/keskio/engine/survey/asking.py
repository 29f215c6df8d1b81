"""May this customer be asked this now? Two clocks, shares, quotas: a reason for everybody who is not.

Rule 1: two clocks, counted from when somebody was asked, not from answers: the same survey again after
`again`, any other survey after `rest`.
Rule 2: the relationship survey has a reserved place. What journeys and touchpoints have asked keeps it
waiting for a week at most, while it keeps them waiting for all of `rest`: frequent touchpoint surveys
cannot starve it.
Rule 3: a share is drawn by hashing the survey, the customer and the occasion: another occasion, another
draw; the same occasion, always the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from keskio.engine.draws import position_of
from keskio.engine.survey.form import Survey
from keskio.engine.times import DAY

RESERVED = 7 * DAY
"""For so long after another survey the relationship survey waits."""
REASONS = (
    "survey_closed",
    "surveyed_lately",
    "asked_this_lately",
    "quota_full",
    "not_drawn",
)


class Terms(msgspec.Struct, frozen=True):
    """What asking hangs on, of one survey as it stands now. Lengths in microseconds, `share` 0 to 1.

    `full`: its quota of all is reached; `full_segments` and `full_values` (by trait) those whose own is.
    """

    survey: str
    level: str = "touchpoint"
    touchpoint: str = ""
    is_open: bool = True
    share: float = 1.0
    rest: int = 30 * DAY
    again: int = 90 * DAY
    full: bool = False
    full_segments: frozenset[str] = frozenset()
    full_values: Mapping[str, frozenset[str]] = {}


class Asked(msgspec.Struct, frozen=True):
    """That a customer was asked: when, by which survey ("" unknown), of which level."""

    at: int
    survey: str = ""
    level: str = ""


class Known(msgspec.Struct, frozen=True):
    """What is known of the customer: earlier surveys, what shares are drawn by, segments and traits."""

    asked: tuple[Asked, ...] = ()
    who: str = ""
    segments: frozenset[str] = frozenset()
    traits: Mapping[str, Any] = {}


class Refusal(msgspec.Struct, frozen=True):
    """Why somebody is not asked: one of REASONS; `until` when the clock that says so has run down."""

    reason: str
    until: int = 0


def terms_of(
    survey: Survey, *, is_open: bool, answered: int = 0, counts: Mapping[str, int] | None = None
) -> Terms:
    """Return the terms of `survey`, of which `answered` responses are in.

    `counts`: how many of them by "segment:KEY" and "trait:NAME=VALUE".
    """
    had = counts or {}
    full_values: dict[str, set[str]] = {}
    full_segments = set()
    full = False
    for quota in survey.quotas:
        if quota.segment:
            if had.get(f"segment:{quota.segment}", 0) >= quota.limit:
                full_segments.add(quota.segment)
        elif quota.each:
            start = f"trait:{quota.each}="
            reached = {
                name.removeprefix(start)
                for name, count in had.items()
                if name.startswith(start) and count >= quota.limit
            }
            full_values.setdefault(quota.each, set()).update(reached)
        else:
            full = full or answered >= quota.limit
    return Terms(
        survey.key,
        survey.level,
        survey.touchpoint,
        is_open,
        survey.share,
        survey.rest,
        survey.again,
        full,
        frozenset(full_segments),
        {name: frozenset(values) for name, values in full_values.items()},
    )


def refusal_of(terms: Terms, known: Known, occasion: str, now: int) -> Refusal | None:
    """Return why the customer is not asked now, or None: then the gate decides about the message.

    `occasion` names what it is about, for the draw.

    >>> lately = Known((Asked(0, "other", "touchpoint"),))
    >>> refusal_of(Terms("nps"), lately, "visit 1", 10 * DAY).reason
    'surveyed_lately'
    >>> refusal_of(Terms("nps", "relationship"), lately, "visit 1", 10 * DAY) is None
    True
    """
    if not terms.is_open:
        return Refusal("survey_closed")
    mine = [one.at for one in known.asked if one.survey == terms.survey]
    if mine and now < max(mine) + terms.again:
        return Refusal("asked_this_lately", max(mine) + terms.again)
    until = max((_rests_until(terms, one) for one in known.asked), default=0)
    if now < until:
        return Refusal("surveyed_lately", until)
    if terms.full or terms.full_segments & known.segments or _is_full(terms, known.traits):
        return Refusal("quota_full")
    if (
        terms.share < 1
        and position_of(f"survey/{terms.survey}/{occasion}", known.who) >= terms.share
    ):
        return Refusal("not_drawn")
    return None


def _rests_until(terms: Terms, asked: Asked) -> int:
    if terms.level == "relationship" and asked.level != "relationship":
        return asked.at + min(RESERVED, terms.rest)
    return asked.at + terms.rest


def _is_full(terms: Terms, traits: Mapping[str, Any]) -> bool:
    return any(str(traits.get(name)) in values for name, values in terms.full_values.items())


def asked_among(events: Iterable[tuple[int, Mapping[str, Any]]]) -> tuple[Asked, ...]:
    """Return what events `survey.asked`, as (at, properties), say."""
    return tuple(
        Asked(at, str(told.get("survey", "")), str(told.get("level", ""))) for at, told in events
    )
