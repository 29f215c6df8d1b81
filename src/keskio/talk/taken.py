"""Which replies a dialogue has taken: the others are for people.

Read back from what the runner leaves behind, so that the runner need not write more. A reply is a
dialogue's when the customer was inside one as it came (or came in by it) and no decision says that it
changed nothing there. It can be asked about once every runner has passed it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import msgspec

from keskio.events.api import cursor_of
from keskio.events.contracts import LoggedEvent
from keskio.jobs.api import reached_by_all
from keskio.kernel.clock import Micros
from keskio.kernel.sql import any_of, fetch, listed
from keskio.know.api import same_people
from keskio.talk.runner import CURSOR, WORK

# A person already decides about an unclear one, on a page of its own.
LEFT = frozenset({"no_open_question", "question_closed", "not_understood", "asked_enough"})
INSIDE = """
    SELECT customer_id, entered_at, CASE WHEN status = 0 THEN NULL ELSE changed_at END
    FROM talk_enrolment WHERE {customers}
"""
DECISIONS = """
    SELECT reason, "values" FROM talk_decision
    WHERE {customers} AND at >= %s AND verdict IN ('nothing', 'refused')
"""


class _Values(msgspec.Struct, frozen=True):
    event: int = 0


_read = msgspec.json.Decoder(_Values).decode


def runners_have_reached() -> int:
    """Return the place in the log up to which every runner has taken all that concerns it."""
    return reached_by_all(WORK) or cursor_of(CURSOR)


def taken_by_dialogues(replies: Sequence[LoggedEvent]) -> set[int]:
    """Return which of `replies` (message.received, all passed by the runners) dialogues have taken.

    By their places in the log. Two queries and one for merged people, for all of them.
    """
    if not replies:
        return set()
    customers = {reply.customer for reply in replies}
    people = same_people(customers)
    numbers = {c: people.get(c, [c]) for c in customers}
    everyone = listed({n for found in numbers.values() for n in found})
    stays: dict[int, list[tuple[Micros, Micros | None]]] = defaultdict(list)
    for customer, entered, left in fetch(
        INSIDE.format(customers=any_of("customer_id")), (everyone,)
    ):
        stays[customer].append((entered, left))
    first = min(reply.at for reply in replies)
    sql = DECISIONS.format(customers=any_of("customer_id"))
    reasons = {_read(values).event: reason for reason, values in fetch(sql, (everyone, first))}
    return {
        reply.id
        for reply in replies
        if reasons.get(reply.id) not in LEFT
        and (
            reply.id in reasons
            or any(
                entered <= reply.at and (left is None or left >= reply.at)
                for number in numbers[reply.customer]
                for entered, left in stays[number]
            )
        )
    }
