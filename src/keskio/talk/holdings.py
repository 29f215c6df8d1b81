"""What dialogues hold of people, and how it goes: messages and enrolments stay as numbers in the books."""

from __future__ import annotations

from collections import Counter
from typing import Any

from keskio.kernel.clock import Micros
from keskio.kernel.holdings import OUTGOING, NotYet, Person, Rows
from keskio.kernel.sql import any_of, fetch, listed, run, run_many
from keskio.talk.disclosing import Explanations
from keskio.talk.store import ADD_TALLY

ERASED = "erased"
WITHDRAW = """
    UPDATE talk_message SET state = 'withdrawn', reason = 'erased', settled_at = %s
    WHERE state = 'claimed' AND {customers}
"""
CLOSE = """
    UPDATE talk_enrolment
    SET status = 2, outcome = 'erased', closed = id, due_at = NULL, changed_at = %s
    WHERE status = 0 AND {customers} RETURNING version_id
"""

HANDING = "SELECT count(*) FROM talk_message WHERE state = 'handing' AND {customers}"


class Unsent:
    """Messages that have not left, and dialogues that are under way: ended, and told in the tallies."""

    key = "talk.unsent"
    stage = OUTGOING
    tables = ("talk_message", "talk_enrolment")

    def export(self, person: Person) -> list[dict[str, Any]]:  # noqa: ARG002 - a holding's shape
        """Return nothing: the tables are told whole."""
        return []

    def erase(self, person: Person, now: Micros) -> int:
        """Withdraw messages and end enrolments, with the tallies by which the books balance."""
        customers, whose = any_of("customer_id"), listed(person.records)
        withdrawn = run(WITHDRAW.format(customers=customers), (now, whose))
        closed = Counter(
            version for (version,) in fetch(CLOSE.format(customers=customers), (now, whose))
        )
        run_many(
            ADD_TALLY, [(v, "", f"exited:{ERASED}", count) for v, count in sorted(closed.items())]
        )
        done = withdrawn + closed.total()
        if not done and fetch(HANDING.format(customers=customers), (whose,))[0][0]:
            raise NotYet("a message that is being handed over")
        return done


HOLDINGS = (
    Unsent(),
    Explanations(),
    Rows(
        "talk_message",
        kept={"content": "{}", "why": "{}", "provider_id": "", "reason": ""},
        where="state <> 'handing'",
    ),
    Rows("talk_enrolment", kept={"object_key": "", "state": b""}),
    Rows("talk_decision", kept={"values": "{}"}),
    # What a published change did: the numbers stay, the states before and after it go.
    Rows("talk_moved", kept={"before": b"", "after": b""}),
    Rows("talk_merged", by=("record_id", "customer_id")),
    Rows("talk_aside"),
    # A code that has been given stays given.
    Rows("talk_coupon", kept={}),
)
