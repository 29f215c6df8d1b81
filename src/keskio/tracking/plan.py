"""The data plan as the intake sees it: read when it has changed, asked for each event, counted by day.

Judging costs a look-up and about a microsecond for an event of usual size. What breaks the plan is a
fault of the quarantine, by the plan's mode; what is only observed is counted and not shown there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import jsonschema_rs
import msgspec

from keskio.events.contracts import Envelope, Fault
from keskio.kernel.clock import Micros
from keskio.kernel.sql import fetch, run_many
from keskio.tracking.items import NAMES
from keskio.tracking.reasons import Reason
from keskio.tracking.schemas import compiled, faults_in

DAY = 24 * 60 * 60 * 1_000_000
OBSERVE, WARN, QUARANTINE, ALLOW = "observe", "warn", "quarantine", "allow"
OURS = frozenset(NAMES.values())
BREAKS = frozenset({Reason.AGAINST_PLAN, Reason.UNPLANNED, Reason.OBSERVED})
TELLS_TRAITS = NAMES["identify"]

_COUNT = """
    INSERT INTO tracking_eventday (name, day, taken, faulty, kept_out, first_at, last_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (name, day) DO UPDATE SET
        taken = tracking_eventday.taken + excluded.taken,
        faulty = tracking_eventday.faulty + excluded.faulty,
        kept_out = tracking_eventday.kept_out + excluded.kept_out,
        last_at = excluded.last_at
"""


class Rule(msgspec.Struct, frozen=True):
    """A planned event, ready to be asked."""

    mode: str
    version: int
    validator: jsonschema_rs.Validator


class Broken(msgspec.Struct, frozen=True, gc=False):
    """How an event breaks the plan. `mode`: observe, warn or quarantine."""

    mode: str
    reason: Reason
    sentence: str


class Plan:
    """The plan as it is now; `refresh` reads it again when it has changed."""

    def __init__(self) -> None:
        self._mark = -1
        self._rules: dict[str, Rule] = {}
        self._unplanned = ALLOW

    def refresh(self) -> None:
        """Read the plan if it is another than was read last: one small query."""
        rows = fetch("SELECT mark, unplanned FROM tracking_planrule WHERE id = 1")
        mark, unplanned = rows[0] if rows else (0, ALLOW)
        if mark == self._mark:
            return
        found = fetch("SELECT name, mode, version, schema FROM tracking_planned")
        self._rules = {
            name: Rule(mode, version, compiled(schema)) for name, mode, version, schema in found
        }
        self._mark, self._unplanned = mark, unplanned

    def judge(self, name: str, told: Mapping[str, Any]) -> Broken | None:
        """Return how an event called `name` that tells `told` breaks the plan, None when it does not."""
        rule = self._rules.get(name)
        if rule is None:
            return None if self._unplanned == ALLOW or name in OURS else self._not_planned(name)
        if rule.validator.is_valid(told):
            return None
        what = "traits" if name == TELLS_TRAITS else "properties"
        faults = "; ".join(faults_in(rule.validator, told, what))
        sentence = (
            f"{name} breaks version {rule.version} of its plan: {faults}."
            " Mend what sends it, or the plan, and put it back."
        )
        reason = Reason.OBSERVED if rule.mode == OBSERVE else Reason.AGAINST_PLAN
        return Broken(rule.mode, reason, sentence)

    def _not_planned(self, name: str) -> Broken:
        sentence = (
            f"The data plan has no event {name!r}. Add it to the plan and put it back, or mend the"
            " name in what sends it."
        )
        return Broken(self._unplanned, Reason.UNPLANNED, sentence)


NO_PLAN = Plan()
"""A plan that has not been read: everything is as it should be."""


def count(taken: Sequence[Envelope], faults: Sequence[Fault], now: Micros) -> None:
    """Count events by name and day, in the transaction that takes them."""
    names = Counter(envelope.name for envelope in taken)
    stored, kept_out = Counter[str](), Counter[str]()
    for fault in faults:
        if fault.name and fault.reason in BREAKS:
            (stored if fault.stored else kept_out)[fault.name] += 1
    day = now // DAY
    run_many(
        _COUNT,
        [
            (name, day, names[name], stored[name], kept_out[name], now, now)
            for name in sorted(names.keys() | stored.keys() | kept_out.keys())
        ],
    )
