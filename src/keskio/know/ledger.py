"""Who is this? The resolver of the intake: whole batches, one lookup, one bulk insert of each kind.

The rules are in `joining`; this module reads what they need and writes what they decide. Everything
happens in the caller's transaction, or in one of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec
from django.db import transaction

from keskio.events.contracts import Envelope, Placed
from keskio.kernel.sql import any_of, fetch, is_postgres, listed
from keskio.know.identifiers import Named, Pair, named
from keskio.know.joining import UNPROVEN, Joining, Ledger
from keskio.know.remembering import change_mark, learn_on_commit, read_marks, recall
from keskio.know.rules import EVER, Rules
from keskio.know.ruling import rules_of
from keskio.know.writing import write

# Two writers that both find an identifier free would both make a customer for it. SQLite has one
# writer anyway; on PostgreSQL the second waits here.
ONE_WRITER = "SELECT pg_advisory_xact_lock(7205759403793)"


class Found(msgspec.Struct, gc=False):
    """Whose records identifiers are, who those records are now, and which identifiers are unproven."""

    owners: dict[Pair, int]
    redirects: dict[int, int]
    unproven: set[Pair]


def take_the_pen() -> None:
    """Let nobody else write to the ledger until the transaction ends."""
    if is_postgres():
        fetch(ONE_WRITER)


def resolve(envelopes: Sequence[Envelope]) -> list[int]:
    """Return the customer of each envelope, as `place` finds it."""
    return list(place(envelopes).customers)


def place(envelopes: Sequence[Envelope]) -> Placed:
    """Return whose each envelope is, making new customers and linking identifiers as the rules say.

    The customer 0 stands for nobody: an envelope that names no one. Redirects are followed: a returned
    customer has not been merged into another; the record is the one whose identifier led to it. The
    same batch again returns the same and writes nothing.
    """
    with transaction.atomic():
        take_the_pen()
        mark, version = read_marks()
        rules = rules_of(version)
        said = [named(envelope, rules) for envelope in envelopes]
        known, fresh = _lookup(said, mark)
        candidates = _candidates(said, known)
        counts = _counts_of(candidates, rules)
        joining = Joining(
            Ledger(known.owners, known.redirects, known.unproven, counts, _apart(candidates)), rules
        )
        records = _place_all(envelopes, said, known, joining)
        merged: dict[int, int] = {}
        customers = records
        if joining.decided():
            written = write(joining, records)
            records, customers, merged = written.records, written.customers, written.merged
            fresh.update(written.linked)
        elif known.redirects:
            customers = [joining.now(record) for record in records]
        after = change_mark() if merged else mark
        learn_on_commit(fresh, {**known.redirects, **merged}, mark, after)
        return Placed(customers, records)


def _place_all(
    envelopes: Sequence[Envelope],
    said: Sequence[Named],
    known: Found,
    joining: Joining,
) -> list[int]:
    owners, is_moved, now = known.owners, bool(known.redirects), joining.now
    placed = []
    for envelope, names in zip(envelopes, said, strict=True):
        record = 0
        if names.is_plain:
            pairs = names.pairs
            record = owners.get(pairs[0], 0)
            for pair in pairs:
                other = owners.get(pair, 0)
                if other != record:
                    is_same = is_moved or joining.merges
                    if not (other and record and is_same and now(other) == now(record)):
                        record = 0
                        break
        placed.append(record or joining.place(envelope, names))
    return placed


def _lookup(said: Sequence[Named], mark: int) -> tuple[Found, dict[Pair, int]]:
    """Return what is known of the batch's identifiers, and of it what was not remembered."""
    spoken = {pair for names in said for pair in names.pairs}
    for names in said:
        if not names.is_plain:
            spoken.update(names.claims)
            if names.former:
                spoken.update((("user_id", names.former), ("anonymous_id", names.former)))
    owners, redirects = recall(spoken, mark)
    found = find_owners(spoken.difference(owners))
    owners.update(found.owners)
    redirects.update(found.redirects)
    return Found(owners, redirects, found.unproven), found.owners


def find_owners(pairs: Collection[Pair]) -> Found:
    """Return whose `pairs` are in the ledger as it stands."""
    wanted: dict[str, list[str]] = {}
    for kind, value in pairs:
        wanted.setdefault(kind, []).append(value)
    found = Found({}, {}, set())
    for kind, value, record, customer, is_proven in _find(wanted):
        found.owners[kind, value] = record
        if record != customer:
            found.redirects[record] = customer
        if not is_proven:
            found.unproven.add((kind, value))
    return found


def _find(wanted: Mapping[str, list[str]]) -> list[tuple[str, str, int, int, bool]]:
    queries, params = [], []
    for kind, values in wanted.items():
        if kind == "customer":
            numbers = [int(v) for v in values if v.isdecimal() and len(v) < 19]
            queries.append(
                "SELECT 'customer', CAST(id AS text), id, coalesce(merged_into_id, id), 1 = 1"  # noqa: S608 - constants
                f" FROM know_customer WHERE erased_at IS NULL AND {any_of('id')}"
            )
            params.append(listed(numbers))
            continue
        queries.append(
            "SELECT type, value, coalesce(record_id, customer_id), customer_id, is_proven"  # noqa: S608 - constants
            " FROM know_link WHERE type = %s"
            f" AND ended_at IS NULL AND {any_of('value', kind='text')}"
        )
        params += [kind, listed(values)]
    return fetch(" UNION ALL ".join(queries), params) if queries else []


def _candidates(said: Iterable[Named], known: Found) -> set[int]:
    """Return the customers that the batch may change: those of envelopes with more than one answer."""
    owners, redirects, unproven = known.owners, known.redirects, known.unproven
    candidates: set[int] = set()
    for names in said:
        pairs: Iterable[Pair] = names.pairs
        if not names.is_plain:
            former = names.former
            told = (*names.claims, ("user_id", former), ("anonymous_id", former))
            pairs = (*pairs, *(told if former else names.claims))
        spoken = {owners.get(pair) for pair in pairs}
        if len(spoken) > 1 or (unproven and not unproven.isdisjoint(pairs)):
            if redirects:
                spoken = {redirects.get(record, record) if record else None for record in spoken}
            candidates.update(customer for customer in spoken if customer)
    return candidates


def _counts_of(customers: Collection[int], rules: Rules) -> dict[int, dict[str, int]]:
    """Return how many identifiers of each type `customers` have; and have ever had, if a rule asks."""
    counts: dict[int, dict[str, int]] = {customer: {} for customer in customers}
    if not customers:
        return counts
    sql = (
        "SELECT customer_id, type, is_proven, count(*) FROM know_link"  # noqa: S608 - constants
        f" WHERE ended_at IS NULL AND {any_of('customer_id')} GROUP BY 1, 2, 3"
    )
    for customer, kind, is_proven, count in fetch(sql, (listed(customers),)):
        counts[customer][kind if is_proven else UNPROVEN + kind] = count
    if rules.any_ever:
        sql = (
            "SELECT customer_id, type, count(DISTINCT value) FROM know_link"  # noqa: S608 - constants
            f" WHERE refused = '' AND {any_of('customer_id')} GROUP BY 1, 2"
        )
        for customer, kind, count in fetch(sql, (listed(customers),)):
            counts[customer][EVER + kind] = count
    return counts


def _apart(customers: Collection[int]) -> set[tuple[int, int]]:
    """Return the pairs that were set apart, each both ways, of which one is among `customers`."""
    if not customers:
        return set()
    sql = (
        "SELECT customer_id, other_customer_id FROM know_apart"  # noqa: S608 - constants
        f" WHERE {any_of('customer_id')}"
    )
    found = {(one, other) for one, other in fetch(sql, (listed(customers),))}
    return found | {(other, one) for one, other in found}
