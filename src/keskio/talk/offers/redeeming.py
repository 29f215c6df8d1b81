"""Codes that were used: the event `coupon.redeemed {code, value?}` marks the code, or is noted as it is.

A code counts as used once. What is unknown, over or used already is kept too, so that a till with a wrong
list, or a code that goes from hand to hand, is seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from keskio.events.contracts import LoggedEvent
from keskio.kernel.clock import Micros
from keskio.kernel.sql import any_of, fetch, listed, run_many

REDEEMED = "coupon.redeemed"
LONGEST = 60
FOUND = """
    SELECT id, offer_id, code, reserved_at, valid_until, redeemed_at
    FROM talk_coupon WHERE {codes}
"""
NOTED = "SELECT event_id FROM offers_redemption WHERE {events}"
NOTE = """
    INSERT INTO offers_redemption
        (event_id, at, customer_id, code, coupon_id, offer_id, outcome, value)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""
MARK = """
    UPDATE talk_coupon
    SET redeemed_at = %s, redeemed_value = %s, assigned_at = coalesce(assigned_at, %s),
        is_settled = TRUE
    WHERE id = %s
"""


class _Coupon(msgspec.Struct):
    id: int
    offer: int
    code: str
    reserved_at: Micros | None
    valid_until: Micros | None
    redeemed_at: Micros | None

    def outcome_at(self, at: Micros) -> str:
        """Return what the code is worth at `at`."""
        if self.reserved_at is None:
            return "unknown"  # it lies in the stock: whoever says it was not given it by us
        if self.redeemed_at is not None:
            return "used"
        return "expired" if self.valid_until is not None and at >= self.valid_until else "redeemed"


def redeem(told: Sequence[tuple[LoggedEvent, dict[str, Any]]]) -> None:
    """Note each use of a code, in the order of the log, and mark the codes that were good."""
    if not told:
        return
    done = fetch(NOTED.format(events=any_of("event_id")), (listed(e.id for e, _ in told),))
    seen = {row[0] for row in done}
    fresh = [(event, _code_of(given), given) for event, given in told if event.id not in seen]
    known = _coupons({code for _, code, _ in fresh} | {code.upper() for _, code, _ in fresh})
    notes: list[tuple[Any, ...]] = []
    marks: list[tuple[Any, ...]] = []
    for event, code, given in fresh:
        coupon = known.get(code) or known.get(code.upper())
        value = _value_of(given)
        outcome = "unknown" if coupon is None else coupon.outcome_at(event.at)
        if coupon is not None and outcome == "redeemed":
            coupon.redeemed_at = event.at
            marks.append((event.at, value, event.at, coupon.id))
        place = (None, None) if coupon is None else (coupon.id, coupon.offer)
        notes.append((event.id, event.at, event.customer, code, *place, outcome, value))
    run_many(NOTE, notes)
    run_many(MARK, marks)


def _coupons(codes: set[str]) -> dict[str, _Coupon]:
    sql = FOUND.format(codes=any_of("code", kind="text"))
    return {row[2]: _Coupon(*row) for row in fetch(sql, (listed(sorted(codes)),))}


def _code_of(properties: dict[str, Any]) -> str:
    return str(properties.get("code", "")).strip()[:LONGEST]


def _value_of(properties: dict[str, Any]) -> float | None:
    value = properties.get("value")
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if is_number and value is not None else None
