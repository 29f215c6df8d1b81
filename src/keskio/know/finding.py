"""Whom the customers' list shows: words, and filters that stay quick at a million customers.

One statement finds the numbers of a page's customers, newest first, driven by what narrows most: an id, a
segment, a stage, or the text by which customers are found, which is read from its own index alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from keskio.kernel.sql import any_of, fetch, is_postgres, listed
from keskio.know.identifiers import phone_of
from keskio.know.models import Customer, Link

KNOWN, ANONYMOUS, MERGED, RESTRICTED = "known", "anonymous", "merged", "restricted"
EMAIL, PHONE = "email", "phone"

# The few types that there are, each found by one step in the index.
_TYPES = """
    WITH RECURSIVE found(type) AS (
        SELECT min(type) FROM know_link WHERE ended_at IS NULL
        UNION ALL
        SELECT (SELECT min(l.type) FROM know_link l WHERE l.ended_at IS NULL AND l.type > found.type)
        FROM found WHERE found.type IS NOT NULL
    )
    SELECT type FROM found WHERE type IS NOT NULL
"""
_KINDS = {
    "": "c.merged_into_id IS NULL AND c.erased_at IS NULL",
    KNOWN: "c.merged_into_id IS NULL AND c.known_at IS NOT NULL",
    ANONYMOUS: "c.merged_into_id IS NULL AND c.known_at IS NULL AND c.erased_at IS NULL",
    MERGED: "c.merged_into_id IS NOT NULL",
    RESTRICTED: "c.merged_into_id IS NULL AND c.restricted_at IS NOT NULL AND c.erased_at IS NULL",
}
_REACHES = {
    "": "",
    EMAIL: "c.email <> ''",
    PHONE: "c.phone <> ''",
}


class Wanted(msgspec.Struct, frozen=True):
    """What the list is narrowed by; "" and 0 narrow nothing.

    `segment` is a segment's number; `stage` a pair of a model's key and its stage; `language` two
    letters; `reach` an address that the customer must have.
    """

    text: str = ""
    kind: str = ""
    segment: int = 0
    stage: tuple[str, str] | None = None
    language: str = ""
    reach: str = ""


def customers_found(wanted: Wanted, *, limit: int, offset: int = 0) -> list[Customer]:
    """Return customers, newest first: those whom `wanted` leaves.

    Every word of the text has to be in the name, an e-mail address or a phone number; or the whole
    of it is one of the customer's ids.
    """
    ids = found_ids(wanted, limit=limit, offset=offset)
    customers = Customer.objects.in_bulk(ids)
    return [customers[id_] for id_ in ids if id_ in customers]


def found_ids(wanted: Wanted, *, limit: int, offset: int = 0) -> list[int]:
    """Return the numbers of those whom `wanted` leaves, newest first."""
    tables, conditions = "know_customer c", [_KINDS[wanted.kind]]
    params: list[Any] = []
    order = "c.id"
    if wanted.segment:
        # CROSS JOIN holds SQLite to the order written: the segment's members first.
        tables = "segments_membership m CROSS JOIN know_customer c"
        conditions += ["m.segment_id = %s", "c.id = m.customer_id"]
        params.append(wanted.segment)
        order = "m.customer_id"
    elif wanted.stage:
        tables = "segments_stageof s CROSS JOIN know_customer c"
        conditions += ["s.model = %s", "s.stage = %s", "c.id = s.customer_id"]
        params += wanted.stage
    if wanted.language:
        conditions.append("c.language = %s")
        params.append(wanted.language)
    if _REACHES[wanted.reach]:
        conditions.append(_REACHES[wanted.reach])
    if wanted.text:
        condition, values = _by_text(wanted.text, is_alone=tables == "know_customer c")
        conditions.append(condition)
        params += values
    where = " AND ".join(conditions)
    sql = f"SELECT c.id FROM {tables} WHERE {where} ORDER BY {order} DESC LIMIT %s OFFSET %s"  # noqa: S608 - constants
    return [row[0] for row in fetch(sql, (*params, limit, offset))]


def _by_text(text: str, *, is_alone: bool) -> tuple[str, list[Any]]:
    """Return the condition and its values for customers whom `text` finds."""
    words, values = [], []
    for inside in _words(text):
        words.append("search LIKE %s ESCAPE '!'")
        values.append(f"%{_escaped(inside)}%")
    spoken = " AND ".join(words)
    if is_alone and not is_postgres():
        # From the index alone: a tenth of reading the rows themselves.
        spoken = (
            "c.id IN (SELECT id FROM know_customer INDEXED BY customer_search"  # noqa: S608 - constants
            f" WHERE NOT (search = '') AND {spoken})"
        )
    else:
        spoken = f"(c.search <> '' AND {spoken.replace('search', 'c.search')})"
    by_id = any_of("c.id")
    return f"({spoken} OR {by_id})", [*values, listed(_with_id(text))]


def _words(text: str) -> Sequence[str]:
    phone = phone_of(text) if any(c.isdigit() for c in text) else ""
    if phone:
        return [phone]
    # The beginning of a number as people write it: 0457 for +358457.
    return [
        word[1:] if word.isdecimal() and word.startswith("0") else word
        for word in text.casefold().split()
    ]


def _escaped(word: str) -> str:
    return word.replace("!", "!!").replace("%", "!%").replace("_", "!_")


def _with_id(text: str) -> list[int]:
    """Return the customers of whom `text` is an identifier, or Keskiö's own number (#12)."""
    types = [row[0] for row in fetch(_TYPES)]
    links = Link.objects.filter(type__in=types, value=text, ended_at=None)
    found = list(links.values_list("customer_id", flat=True))
    number = text.removeprefix("#")
    if number.isdecimal() and len(number) < 16:
        found.append(int(number))
    return found


def ids_found(text: str, *, limit: int) -> list[int]:
    """Return the numbers of the customers whom words, an address or an id find, newest first."""
    return found_ids(Wanted(text=text), limit=limit) if text.strip() else []
