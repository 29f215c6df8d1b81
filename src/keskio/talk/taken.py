"""Which replies a dialogue has taken: the others are for people.

Read back from what the runner leaves behind, so that the runner need not write more. A reply is a
dialogue's when the customer was inside one as it came (or came in by it) and no decision says that it
changed nothing there. It can be asked about once every runner has passed it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import msgspec

from keskio.events.api import cursor_of
from keskio.events.contracts import LoggedEvent
from keskio.jobs.api import reached_by_all
from keskio.kernel.clock import Micros
from keskio.kernel.sql import any_of, fetch, listed
from keskio.know.api import same_people
from keskio.talk.runner import CURSOR, WORK

Stays: TypeAlias = dict[int, list[tuple[Micros, Micros | None]]]
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

# "A" once more, when its question has been answered, needs nobody: words that say more than this do.
SHORT = 12
CLOSED = "no_open_question"
AGAIN_WITHIN = 30 * 24 * 60 * 60 * 1_000_000
EARLIER = """
    SELECT id, customer_id, occurred_at, body FROM events_event
    WHERE {customers} AND name = 'message.received' AND occurred_at >= %s
"""


class _Said(msgspec.Struct, frozen=True):
    text: str = ""


class _Body(msgspec.Struct, frozen=True):
    properties: _Said = _Said()


class _Values(msgspec.Struct, frozen=True):
    event: int = 0


_read = msgspec.json.Decoder(_Values).decode
_read_body = msgspec.json.Decoder(_Body).decode


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
    stays: Stays = defaultdict(list)
    for customer, entered, left in fetch(
        INSIDE.format(customers=any_of("customer_id")), (everyone,)
    ):
        stays[customer].append((entered, left))
    first = min(reply.at for reply in replies)
    sql = DECISIONS.format(customers=any_of("customer_id"))
    reasons = {_read(values).event: reason for reason, values in fetch(sql, (everyone, first))}
    inside = {reply.id for reply in replies if _is_inside(reply.at, numbers[reply.customer], stays)}
    taken = {
        r.id
        for r in replies
        if reasons.get(r.id) not in LEFT and (r.id in reasons or r.id in inside)
    }
    left = [r for r in replies if r.id not in taken and reasons.get(r.id, CLOSED) == CLOSED]
    return taken | _said_again(left, numbers, stays)


def _is_inside(at: Micros, numbers: Sequence[int], stays: Stays) -> bool:
    """Tell whether a person was inside a dialogue at a moment, under any number."""
    return any(
        entered <= at and (left is None or left >= at)
        for number in numbers
        for entered, left in stays[number]
    )


def _said_again(
    replies: Sequence[LoggedEvent], numbers: Mapping[int, Sequence[int]], stays: Stays
) -> set[int]:
    """Return which of `replies` say in a few letters what the customer had said inside a dialogue before."""
    short = {r.id: said for r in replies if 0 < len(said := _plain(r.body)) <= SHORT}
    if not short:
        return set()
    since = min(reply.at for reply in replies) - AGAIN_WITHIN
    customers = listed({n for reply in replies for n in numbers[reply.customer]})
    before: dict[tuple[int, str], int] = {}
    rows = fetch(EARLIER.format(customers=any_of("customer_id")), (customers, since))
    for number, customer, at, body in sorted(rows):
        if _is_inside(at, [customer], stays):
            before.setdefault((customer, _plain(body)), number)
    return {
        reply.id
        for reply in replies
        if reply.id in short
        and any(
            before.get((number, short[reply.id]), reply.id) < reply.id
            for number in numbers[reply.customer]
        )
    }


def _plain(body: str) -> str:
    return "".join(c for c in _read_body(body).properties.text.casefold() if c.isalnum())
