"""Which rows of one file are probably one customer's: for reports, where nobody is merged."""

from __future__ import annotations

from collections.abc import Sequence

from keskio.know.contracts import NewPerson
from keskio.know.duplicates.likeness import Likeness, likeness_of
from keskio.know.duplicates.linking import likely_pairs
from keskio.know.duplicates.vetoes import veto_of

SURE = 0.9
"""Rows are called one customer from this probability on: nobody looks at each of them."""


def join_likely(
    people: Sequence[NewPerson], customers: Sequence[int], *, at_least: float = SURE
) -> list[int]:
    """Return a number for each row: `customers`, and those made one that are one by `at_least`.

    The likeliest pairs first; two groups of rows stay two if a veto parts any of their rows. Rows
    that share a phone or a mailbox but cannot be one person (a couple) are taken apart first.
    """
    alike = [_likeness(number, person) for number, person in enumerate(people)]
    groups = _parted_groups(customers, alike)
    now = [0] * len(people)
    for customer, rows in groups.items():
        for row in rows:
            now[row] = customer
    for pair in likely_pairs(alike, at_least=at_least):
        into, gone = now[pair.low], now[pair.high]
        if into == gone or _are_parted(groups[into], groups[gone], alike):
            continue
        for row in groups[gone]:
            now[row] = into
        groups[into] += groups.pop(gone)
    return now


def _parted_groups(customers: Sequence[int], alike: Sequence[Likeness]) -> dict[int, list[int]]:
    """Return the rows of each customer, without those that a veto parts from the rows before them."""
    groups: dict[int, list[int]] = {}
    of_customer: dict[int, list[int]] = {}
    for row, customer in enumerate(customers):
        fitting = (
            number
            for number in of_customer.setdefault(customer, [])
            if not _are_parted(groups[number], [row], alike)
        )
        number = next(fitting, None)
        if number is None:
            number = len(groups)
            groups[number] = []
            of_customer[customer].append(number)
        groups[number].append(row)
    return groups


def _likeness(number: int, person: NewPerson) -> Likeness:
    told = dict(person.identifiers)
    return likeness_of(
        number, person.traits, email=told.get("email", ""), phone=told.get("phone", "")
    )


def _are_parted(ours: Sequence[int], theirs: Sequence[int], alike: Sequence[Likeness]) -> bool:
    return any(veto_of(alike[one], alike[other]) for one in ours for other in theirs)
