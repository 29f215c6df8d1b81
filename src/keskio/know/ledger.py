"""Who is this? The resolver of the intake: whole batches, one lookup, one bulk insert of each kind.

The rules are in `joining`; this module reads what they need and writes what they decide. Everything
happens in the caller's transaction, or in one of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from django.db import transaction

from keskio.events.contracts import Envelope
from keskio.kernel.sql import any_of, fetch, is_postgres, listed
from keskio.know.identifiers import Named, Pair, named
from keskio.know.joining import UNPROVEN, Joining
from keskio.know.remembering import change_mark, learn_on_commit, read_mark, recall
from keskio.know.writing import write

# Two writers that both find an identifier free would both make a customer for it. SQLite has one
# writer anyway; on PostgreSQL the second waits here.
ONE_WRITER = "SELECT pg_advisory_xact_lock(7205759403793)"


def resolve(envelopes: Sequence[Envelope]) -> list[int]:
    """Return the customer of each envelope, making new ones and linking identifiers as the rules say.

    0 stands for nobody: an envelope that names no one. Redirects are followed: a returned customer
    has not been merged into another. The same batch again returns the same customers and writes nothing.
    """
    said = [named(envelope) for envelope in envelopes]
    with transaction.atomic():
        if is_postgres():
            fetch(ONE_WRITER)
        mark = read_mark()
        owners, unproven, found = _lookup(said, mark)
        joining = Joining(owners, unproven, _types_of(_candidates(said, owners, unproven)))
        placed = _place_all(envelopes, said, owners, joining)
        if joining.decided():
            written = write(joining, placed)
            found.update(written.linked)
            learn_on_commit(found, written.merged, mark, change_mark() if written.merged else mark)
            return written.placed
        learn_on_commit(found, {}, mark, mark)
        return placed


def _place_all(
    envelopes: Sequence[Envelope],
    said: Sequence[Named],
    owners: dict[Pair, int],
    joining: Joining,
) -> list[int]:
    placed = []
    for envelope, names in zip(envelopes, said, strict=True):
        customer = 0
        if names.is_plain:
            pairs = names.pairs
            customer = owners.get(pairs[0], 0)
            for pair in pairs:
                if owners.get(pair) != customer:
                    customer = 0
                    break
        placed.append(joining.now(customer) if customer else joining.place(envelope, names))
    return placed


def _lookup(said: Sequence[Named], mark: int) -> tuple[dict[Pair, int], set[Pair], dict[Pair, int]]:
    """Return whose the batch's identifiers are, which of them are unproven, and what was not remembered."""
    spoken = {pair for names in said for pair in names.pairs}
    for names in said:
        if not names.is_plain:
            spoken.update(names.claims)
            if names.former:
                spoken.update((("user_id", names.former), ("anonymous_id", names.former)))
    owners = recall(spoken, mark)
    wanted: dict[str, list[str]] = {}
    for kind, value in spoken.difference(owners):
        wanted.setdefault(kind, []).append(value)
    found: dict[Pair, int] = {}
    unproven: set[Pair] = set()
    for kind, value, customer, is_proven in _find(wanted):
        found[kind, value] = customer
        if not is_proven:
            unproven.add((kind, value))
    owners.update(found)
    return owners, unproven, found


def find_owners(pairs: Collection[Pair]) -> tuple[dict[Pair, int], set[Pair]]:
    """Return whose `pairs` are in the ledger as it stands, and which of them are unproven."""
    wanted: dict[str, list[str]] = {}
    for kind, value in pairs:
        wanted.setdefault(kind, []).append(value)
    owners: dict[Pair, int] = {}
    unproven: set[Pair] = set()
    for kind, value, customer, is_proven in _find(wanted):
        owners[kind, value] = customer
        if not is_proven:
            unproven.add((kind, value))
    return owners, unproven


def _find(wanted: dict[str, list[str]]) -> list[tuple[str, str, int, bool]]:
    queries, params = [], []
    for kind, values in wanted.items():
        if kind == "customer":
            numbers = [int(v) for v in values if v.isdecimal() and len(v) < 19]
            queries.append(
                "SELECT 'customer', CAST(id AS text), coalesce(merged_into_id, id), 1 = 1"  # noqa: S608 - constants
                f" FROM know_customer WHERE {any_of('id')}"
            )
            params.append(listed(numbers))
            continue
        queries.append(
            "SELECT type, value, customer_id, is_proven FROM know_link WHERE type = %s"  # noqa: S608 - constants
            f" AND ended_at IS NULL AND {any_of('value', kind='text')}"
        )
        params += [kind, listed(values)]
    return fetch(" UNION ALL ".join(queries), params) if queries else []


def _candidates(said: Iterable[Named], owners: dict[Pair, int], unproven: set[Pair]) -> set[int]:
    """Return the customers that the batch may change: those of envelopes with more than one answer."""
    candidates: set[int] = set()
    for names in said:
        pairs: Iterable[Pair] = names.pairs
        if not names.is_plain:
            former = names.former
            told = (*names.claims, ("user_id", former), ("anonymous_id", former))
            pairs = (*pairs, *(told if former else names.claims))
        spoken = {owners.get(pair) for pair in pairs}
        if len(spoken) > 1 or (unproven and not unproven.isdisjoint(pairs)):
            candidates.update(customer for customer in spoken if customer)
    return candidates


def _types_of(customers: Collection[int]) -> dict[int, set[str]]:
    types: dict[int, set[str]] = {customer: set() for customer in customers}
    if customers:
        sql = (
            "SELECT customer_id, type, is_proven FROM know_link"  # noqa: S608 - constants
            f" WHERE ended_at IS NULL AND {any_of('customer_id')}"
        )
        for customer, kind, is_proven in fetch(sql, (listed(customers),)):
            types[customer].add(kind if is_proven else UNPROVEN + kind)
    return types
