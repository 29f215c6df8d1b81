"""Offers and coupons during one batch: what is left, who has had some, which code is next.

Nothing is locked while the batch works: what it took is written only if nobody has touched the offer
meanwhile (`store.commit`), else the batch begins anew. So the stock is never oversold, with any number of
runners and whoever puts codes back.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection
from itertools import chain
from typing import Any

import msgspec

from keskio.kernel.clock import Micros
from keskio.kernel.sql import any_of, fetch, listed
from keskio.talk.codes import code_of
from keskio.talk.store import Delta

OFFER = """
    SELECT id, kind, prefix, stock, per_customer, valid_until, valid_for, given, made, turn, secret
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
    valid_for: int | None
    given: int
    made: int
    turn: int
    secret: str
    had: Counter[int] = msgspec.field(default_factory=Counter)
    free: deque[tuple[int, str]] = msgspec.field(default_factory=deque)


class Stock:
    """The stock for one batch of `customers`; each offer is read once, when it is first asked for.

    What a person has had under any of her numbers counts towards what one may have.
    """

    def __init__(self, customers: Collection[int], now: Micros) -> None:
        self._customers, self._now = customers, now
        self._shelves: dict[str, _Shelf | None] = {}

    def take(
        self, offer: str, *, customer: int, enrolment: int, visit: int, delta: Delta
    ) -> tuple[str, str | None]:
        """Reserve a code for `customer` and note it in `delta`.

        Returns ("given", code), or "sold_out" when the stock is empty or the offer is over, or
        "refused" when there is no such offer or the customer has had as many as one may. Codes that
        have come back, which nobody has seen, go before new ones.
        """
        shelf = self._shelf(offer)
        if shelf is None or shelf.had[customer] >= shelf.per_customer:
            return "refused", None
        if shelf.valid_until is not None and self._now >= shelf.valid_until:
            return "sold_out", None
        if shelf.stock is not None and shelf.given >= shelf.stock:
            return "sold_out", None
        who: tuple[Any, ...] = (customer, enrolment, visit, self._now, self._good_until(shelf))
        if shelf.free:
            coupon, code = shelf.free.popleft()
            delta.taken_coupons.append((*who, coupon))
        elif shelf.kind == "list":
            return "sold_out", None
        else:
            code = code_of(shelf.made, shelf.secret, shelf.prefix)
            shelf.made += 1
            delta.coupons.append((shelf.id, code, *who))
        shelf.given += 1
        shelf.had[customer] += 1
        delta.given[shelf.id] = (shelf.given, shelf.made, shelf.turn)
        return "given", code

    def _good_until(self, shelf: _Shelf) -> Micros | None:
        if shelf.valid_for is None:
            return shelf.valid_until
        end = self._now + shelf.valid_for
        return end if shelf.valid_until is None else min(end, shelf.valid_until)

    def _shelf(self, offer: str) -> _Shelf | None:
        if offer not in self._shelves:
            rows = fetch(OFFER, (offer,))
            self._shelves[offer] = self._read(rows[0]) if rows else None
        return self._shelves[offer]

    def _read(self, row: tuple[Any, ...]) -> _Shelf:
        from keskio.know.api import same_people  # noqa: PLC0415 - plays read this without Django

        shelf = _Shelf(*row)
        people = same_people(self._customers)
        records = {*self._customers, *chain.from_iterable(people.values())}
        sql = HAD.format(customers=any_of("customer_id"))
        had = dict(fetch(sql, (shelf.id, listed(sorted(records)))))
        shelf.had = Counter(
            {c: sum(had.get(record, 0) for record in people.get(c, (c,))) for c in self._customers}
        )
        most = len(self._customers) * 2
        shelf.free.extend((number, code) for number, code in fetch(FREE, (shelf.id, most)))
        return shelf
