"""Offers and coupons during one batch: what is left, who has had some, which code is next."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection
from typing import Any

import msgspec

from keskio.kernel.clock import Micros
from keskio.kernel.sql import any_of, fetch, listed
from keskio.talk.codes import code_of
from keskio.talk.store import Delta

OFFER = """
    SELECT id, kind, prefix, stock, per_customer, valid_until, given, secret
    FROM talk_offer WHERE key = %s
"""
HAD = """
    SELECT customer_id, count(*) FROM talk_coupon
    WHERE offer_id = %s AND {customers} GROUP BY customer_id
"""
FREE = """
    SELECT id, code FROM talk_coupon WHERE offer_id = %s AND reserved_at IS NULL
    ORDER BY id LIMIT %s
"""


class _Shelf(msgspec.Struct, eq=False):
    """One offer as this batch sees it."""

    id: int
    kind: str
    prefix: str
    stock: int | None
    per_customer: int
    valid_until: Micros | None
    given: int
    secret: str
    had: Counter[int]
    free: deque[tuple[int, str]]


class Stock:
    """The stock for one batch of `customers`; each offer is read once, when it is first asked for."""

    def __init__(self, customers: Collection[int], now: Micros) -> None:
        self._customers, self._now = customers, now
        self._shelves: dict[str, _Shelf | None] = {}

    def take(
        self, offer: str, *, customer: int, enrolment: int, visit: int, delta: Delta
    ) -> tuple[str, str | None]:
        """Reserve a code for `customer` and note it in `delta`.

        Returns ("given", code), or "sold_out" when the stock is empty or the offer is over, or
        "refused" when there is no such offer or the customer has had as many as one may.
        """
        shelf = self._shelf(offer)
        if shelf is None or shelf.had[customer] >= shelf.per_customer:
            return "refused", None
        if shelf.valid_until is not None and self._now >= shelf.valid_until:
            return "sold_out", None
        if shelf.stock is not None and shelf.given >= shelf.stock:
            return "sold_out", None
        who: tuple[Any, ...] = (customer, enrolment, visit, self._now)
        if shelf.kind == "list":
            if not shelf.free:
                return "sold_out", None
            coupon, code = shelf.free.popleft()
            delta.taken_coupons.append((*who, coupon))
        else:
            code = code_of(shelf.given, shelf.secret, shelf.prefix)
            delta.coupons.append((shelf.id, code, *who))
        shelf.given += 1
        shelf.had[customer] += 1
        delta.given[shelf.id] = shelf.given
        return "given", code

    def _shelf(self, offer: str) -> _Shelf | None:
        if offer not in self._shelves:
            rows = fetch(OFFER, (offer,))
            self._shelves[offer] = self._read(rows[0]) if rows else None
        return self._shelves[offer]

    def _read(self, row: tuple[Any, ...]) -> _Shelf:
        sql = HAD.format(customers=any_of("customer_id"))
        had = Counter(dict(fetch(sql, (row[0], listed(self._customers)))))
        free: deque[tuple[int, str]] = deque()
        if row[1] == "list":
            free.extend(
                (found[0], found[1]) for found in fetch(FREE, (row[0], len(self._customers) * 2))
            )
        number, kind, prefix, stock, per_customer, valid_until, given, secret = row
        return _Shelf(
            number, kind, prefix, stock, per_customer, valid_until, given, secret, had, free
        )
