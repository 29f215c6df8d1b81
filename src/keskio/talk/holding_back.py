"""Campaigns and surveys wait while something is to be put right for a customer.

Other rooms say so, by a source that names it once: a broken promise, an open complaint. While any
source stands, the gate holds what is of the classes marketing and survey.
"""

from __future__ import annotations

from collections.abc import Collection

from keskio.engine.pressure import HELD_BACK
from keskio.kernel.clock import now_micros
from keskio.kernel.sql import any_of, fetch, listed, run
from keskio.know.api import same_people

HOLD = """
    INSERT INTO contact_heldback (customer_id, reason, source, since) VALUES (%s, %s, %s, %s)
    ON CONFLICT (source) DO NOTHING
"""
LET_GO = "DELETE FROM contact_heldback WHERE source = %s"
# Nearly always there is nobody, and that is all that is asked.
ANYBODY = "SELECT 1 FROM contact_heldback LIMIT 1"
HELD = """
    SELECT customer_id, reason FROM contact_heldback WHERE {customers} ORDER BY since DESC, id DESC
"""


def hold_back(customer: int, reason: str, source: str) -> None:
    """Hold campaigns and surveys to `customer` from now on; the same `source` again changes nothing.

    `reason` is `open_promise_broken` or `open_case`. In the caller's transaction, if there is one.
    """
    run(HOLD, (customer, reason, source, now_micros()))


def let_go(source: str) -> bool:
    """End what `source` held back; False when it held nothing. What waits goes within a day."""
    return run(LET_GO, (source,)) > 0


def held_back(customers: Collection[int]) -> dict[int, dict[str, str]]:
    """Return for those of `customers` who are held back what stands among their consents for it.

    A person is held back under all numbers that she has had; the oldest reason is named.
    """
    if not customers or not fetch(ANYBODY):
        return {}
    people = same_people(customers)
    records = {c: {c, *people.get(c, ())} for c in customers}
    wanted = set().union(*records.values())
    reasons = dict(fetch(HELD.format(customers=any_of("customer_id")), (listed(wanted),)))
    return {
        customer: {HELD_BACK: reasons[found]}
        for customer, numbers in records.items()
        if (found := next((n for n in sorted(numbers) if n in reasons), None)) is not None
    }
