"""What is held of people here: how their cases were put right.

The sums of compensations stay in the books of the budget, without the person.
"""

from __future__ import annotations

from keskio.kernel.holdings import Holding, Rows

HOLDINGS: tuple[Holding, ...] = (
    Rows("recovery_compensation", kept={"code": "", "coupon_id": None}),
    Rows("recovery_planrun", kept={"why": "[]"}),
)
