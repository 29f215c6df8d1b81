"""What a change of the rules would do: the ledger's latest lines told again, in memory, under both.

The lines are grouped into envelopes as they came and placed twice by `joining`, from an empty ledger, once
under the rules in force and once under those asked about. Nothing is written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from keskio.events.contracts import Envelope
from keskio.kernel.sql import any_of, fetch, listed
from keskio.know.identifiers import ADDRESSES, PLAIN, Pair, named
from keskio.know.joining import Joining, Ledger
from keskio.know.queries import now_ids
from keskio.know.rules import Rules

LATEST = 20_000
EXAMPLES = 8
_LINES = """
    SELECT id, type, value, coalesce(record_id, customer_id), at, source_id, message_id, is_proven,
           refused
    FROM know_link WHERE merge_id IS NULL ORDER BY id DESC LIMIT %s
"""


class Refused(msgspec.Struct, frozen=True, gc=False):
    """An identifier that would be refused, or no longer would: whose it is now, and why."""

    pair: Pair
    reason: str
    customer: int


class Preview(msgspec.Struct, frozen=True):
    """What would be otherwise. Each list holds all; customers are those of today, each once.

    `joined`: customers who would be one; `parted`: customers whose identifiers would be several
    people's; `refused` and `taken`: identifiers that would be, and would no longer be, turned down.
    """

    lines: int
    joined: list[list[int]]
    parted: list[int]
    refused: list[Refused]
    taken: list[Refused]

    @property
    def is_same(self) -> bool:
        """Tell whether nothing would be otherwise."""
        return not (self.joined or self.parted or self.refused or self.taken)


class _Outcome(msgspec.Struct):
    owners: dict[Pair, int]
    refused: dict[tuple[Pair, int], str]


def preview(before: Rules, after: Rules, *, latest: int = LATEST) -> Preview:
    """Return what the rules `after` would make of the latest lines that `before` did not."""
    envelopes, records = _envelopes(latest)
    now = now_ids(set(records))
    customers = [now.get(record, record) for record in records]
    was, would = (_told(envelopes, customers, rules) for rules in (before, after))
    home: dict[Pair, int] = {}
    for envelope, customer in zip(envelopes, customers, strict=True):
        for pair in envelope.identifiers:
            home.setdefault(pair, customer)
    joined, parted = _moves(was, would, home)
    return Preview(
        lines=sum(len(envelope.identifiers) for envelope in envelopes),
        joined=joined,
        parted=parted,
        refused=_only_in(would, was),
        taken=_only_in(was, would),
    )


def _envelopes(latest: int) -> tuple[list[Envelope], list[int]]:
    """Return what was told, in its order, and the record of each: what came together is together."""
    rows = fetch(_LINES, (latest,))[::-1]
    first = _first_of({row[3] for row in rows})
    groups: dict[tuple[int, int, int, str], dict[Pair, tuple[bool, str]]] = {}
    for _, kind, value, record, at, source, message, is_proven, refused in rows:
        group = groups.setdefault((record, at, source, message), {})
        group.setdefault((kind, value), (bool(is_proven), refused))
    envelopes = [_envelope(key, told, first.get(key[0])) for key, told in groups.items()]
    return envelopes, [key[0] for key in groups]


def _first_of(records: set[int]) -> dict[int, Pair]:
    """Return the identifier by which each of `records` came to be known first."""
    sql = (
        "SELECT coalesce(record_id, customer_id), type, value FROM know_link"  # noqa: S608 - constants
        f" WHERE refused = '' AND is_proven AND {any_of('customer_id')} ORDER BY id DESC"
    )
    now = now_ids(records)
    rows = fetch(sql, (listed(records | set(now.values())),))
    return {record: (kind, value) for record, kind, value in rows}


def _envelope(
    key: tuple[int, int, int, str],
    told: Mapping[Pair, tuple[bool, str]],
    anchor: Pair | None,
) -> Envelope:
    record, at, source, message = key
    is_browsers = any(
        pair[0] not in PLAIN and (reason == "not_trusted" or not (proven or reason))
        for pair, (proven, reason) in told.items()
    )
    pairs = list(told)
    if anchor is not None and anchor not in told:
        pairs.insert(0, anchor)
    traits = {kind: value for kind, value in pairs if is_browsers and kind in ADDRESSES}
    return Envelope(
        "customer.identified",
        at,
        at,
        source,
        message or f"record {record}",
        tuple(pair for pair in pairs if not (is_browsers and pair[0] in ADDRESSES)),
        "{}",
        traits or None,
        not is_browsers,
    )


def _told(envelopes: Sequence[Envelope], customers: Sequence[int], rules: Rules) -> _Outcome:
    owners: dict[Pair, int] = {}
    joining = Joining(Ledger(owners, {}, set(), {}, set()), rules)
    refused: dict[tuple[Pair, int], str] = {}
    for envelope, customer in zip(envelopes, customers, strict=True):
        known = len(joining.refusals)
        joining.place(envelope, named(envelope, rules))
        for _, refusal, _ in joining.refusals[known:]:
            refused[refusal.pair, customer] = refusal.reason
    return _Outcome({pair: joining.now(record) for pair, record in owners.items()}, refused)


def _moves(
    was: _Outcome, would: _Outcome, home: Mapping[Pair, int]
) -> tuple[list[list[int]], list[int]]:
    """Return which customers would be one, and which would be several."""
    pieces: dict[int, set[int]] = {}
    wholes: dict[int, set[int]] = {}
    people: dict[int, set[int]] = {}
    for pair, old in was.owners.items():
        new = would.owners.get(pair)
        if pair in home:
            people.setdefault(old, set()).add(home[pair])
        if new is not None:
            pieces.setdefault(old, set()).add(new)
            wholes.setdefault(new, set()).add(old)
    joined = []
    for olds in wholes.values():
        who = sorted({one for old in olds for one in people.get(old, ())})
        if len(olds) > 1 and len(who) > 1:
            joined.append(who)
    parted = {one for old, news in pieces.items() if len(news) > 1 for one in people.get(old, ())}
    return joined, sorted(parted)


def _only_in(one: _Outcome, other: _Outcome) -> list[Refused]:
    return [
        Refused(pair, reason, customer)
        for (pair, customer), reason in one.refused.items()
        if (pair, customer) not in other.refused
    ]
