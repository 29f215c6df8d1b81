"""Codes that people give outside a dialogue: reserved when it is decided, the customer's once she has it.

The same stock, limits and codes as in dialogues. Nobody reads a stock that another is changing: whoever
takes from an offer changes its `turn` first, and so waits for the other.
"""

from __future__ import annotations

from typing import Any

import msgspec
from django.db import transaction

from keskio.kernel.clock import Micros
from keskio.kernel.sql import any_of, fetch, listed, run
from keskio.know.api import same_person_ids
from keskio.talk.codes import code_of

TAKE_TURN = "UPDATE talk_offer SET turn = turn + 1 WHERE key = %s"
OFFER = """
    SELECT id, kind, prefix, stock, per_customer, valid_until, valid_for, given, made, secret
    FROM talk_offer WHERE key = %s
"""
HAD = "SELECT count(*) FROM talk_coupon WHERE offer_id = %s AND {customers}"
FREE = """
    SELECT id, code FROM talk_coupon WHERE offer_id = %s AND reserved_at IS NULL ORDER BY id LIMIT 1
"""
RESERVE = """
    UPDATE talk_coupon SET customer_id = %s, reserved_at = %s, valid_until = %s WHERE id = %s
"""
ADD = """
    INSERT INTO talk_coupon (offer_id, code, customer_id, reserved_at, valid_until, is_settled)
    VALUES (%s, %s, %s, %s, %s, FALSE)
"""
NUMBER = "SELECT id FROM talk_coupon WHERE code = %s"
GIVEN = "UPDATE talk_offer SET given = %s, made = %s WHERE id = %s"
ASSIGN = """
    UPDATE talk_coupon SET assigned_at = %s, is_settled = TRUE
    WHERE id = %s AND assigned_at IS NULL AND reserved_at IS NOT NULL
"""
HELD = "SELECT offer_id FROM talk_coupon WHERE id = %s AND assigned_at IS NULL AND reserved_at > 0"
PUT_BACK = """
    UPDATE talk_coupon
    SET customer_id = NULL, reserved_at = NULL, valid_until = NULL, is_settled = FALSE
    WHERE id = %s
"""
LESS_GIVEN = "UPDATE talk_offer SET given = given - 1, turn = turn + 1 WHERE id = %s"
END = """
    UPDATE talk_coupon SET valid_until = %s
    WHERE id = %s AND redeemed_at IS NULL AND (valid_until IS NULL OR valid_until > %s)
"""


class Given(msgspec.Struct, frozen=True):
    """What came of asking for a code: `outcome` given, sold_out or refused; the code and its row."""

    outcome: str
    coupon: int = 0
    code: str = ""
    valid_until: Micros | None = None


def reserve_code(offer: str, customer: int, now: Micros) -> Given:
    """Reserve a code of `offer` for `customer`; it is hers with `assign_code`, or back with `return_code`.

    "refused": there is no such offer, or she has had as many as one may, under any number of hers.
    "sold_out": the stock is empty, or the offer is over. In the caller's transaction, if there is one.
    """
    with transaction.atomic():
        run(TAKE_TURN, (offer,))
        rows = fetch(OFFER, (offer,))
        if not rows:
            return Given("refused")
        number, kind, prefix, stock, per_customer, until, lasts, given, made, secret = rows[0]
        had = HAD.format(customers=any_of("customer_id"))
        if fetch(had, (number, listed(same_person_ids(customer))))[0][0] >= per_customer:
            return Given("refused")
        if (until is not None and now >= until) or (stock is not None and given >= stock):
            return Given("sold_out")
        ends = [end for end in (until, now + lasts if lasts is not None else None) if end]
        valid = min(ends) if ends else None
        who: tuple[Any, ...] = (customer, now, valid)
        free = fetch(FREE, (number,))
        if free:
            coupon, code = free[0]
            run(RESERVE, (*who, coupon))
        elif kind == "list":
            return Given("sold_out")
        else:
            code = code_of(made, secret, prefix)
            made += 1
            run(ADD, (number, code, *who))
            coupon = fetch(NUMBER, (code,))[0][0]
        run(GIVEN, (given + 1, made, number))
    return Given("given", coupon, code, valid)


def assign_code(coupon: int, now: Micros) -> bool:
    """Note that the customer has got the code: it is hers for good. False when it was so before."""
    return run(ASSIGN, (now, coupon)) > 0


def return_code(coupon: int) -> bool:
    """Put a code that nobody has seen back into its stock. False when it has been seen, or is back."""
    with transaction.atomic():
        rows = fetch(HELD, (coupon,))
        if not rows:
            return False
        run(LESS_GIVEN, (rows[0][0],))
        run(PUT_BACK, (coupon,))
    return True


def end_code(coupon: int, now: Micros) -> bool:
    """End a code that has been seen and was declined: nobody can use it any more. False if it was used."""
    return run(END, (now, coupon, now)) > 0
