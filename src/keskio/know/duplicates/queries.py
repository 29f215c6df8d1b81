"""Reads of the wing: whom to compare, what waits for a decision."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from django.db.models import Q, QuerySet

from keskio.kernel.sql import any_of, fetch, listed
from keskio.know.duplicates.likeness import Likeness, likeness_of
from keskio.know.duplicates.linking import Evidence
from keskio.know.duplicates.models import Candidate, Search

_CHUNK = 5000
_ALL = """
    SELECT id, traits, name, email, phone FROM know_customer
    WHERE id > %s AND merged_into_id IS NULL AND erased_at IS NULL AND restricted_at IS NULL
      AND known_at IS NOT NULL
    ORDER BY id LIMIT %s
"""
_decode = msgspec.json.Decoder(dict[str, Any]).decode
_read_evidence = msgspec.json.Decoder(tuple[Evidence, ...]).decode


def known_people() -> Iterator[Likeness]:
    """Yield what every known customer in force is compared by, in chunks that memory can bear."""
    last = 0
    while rows := fetch(_ALL, (last, _CHUNK)):
        for customer, traits, name, email, phone in rows:
            yield likeness_of(customer, _decode(traits), name=name, email=email, phone=phone)
        last = rows[-1][0]


def traits_of(customers: list[int]) -> dict[int, dict[str, Any]]:
    """Return the traits in force of `customers`."""
    sql = f"SELECT id, traits FROM know_customer WHERE {any_of('id')}"  # noqa: S608 - constants
    return {row[0]: _decode(row[1]) for row in fetch(sql, (listed(customers),))}


def waiting() -> QuerySet[Candidate]:
    """Return the pairs that wait for a decision, the likeliest first."""
    return Candidate.objects.filter(state=Candidate.OPEN).order_by("-probability", "id")


def waiting_count() -> int:
    """Return how many pairs wait for a decision."""
    return waiting().count()


def candidates_of(customer: int) -> list[Candidate]:
    """Return the open pairs in which `customer` is."""
    is_in = Q(low_id=customer) | Q(high_id=customer)
    return list(waiting().filter(is_in)[:20])


def evidence_in(candidate: Candidate) -> tuple[Evidence, ...]:
    """Return what each field says of a pair."""
    return _read_evidence(candidate.evidence)


def last_search() -> Search | None:
    """Return the latest search that was asked for, in whatever state."""
    return Search.objects.order_by("-id").first()
