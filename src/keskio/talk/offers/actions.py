"""Writes of the wing: an offer made or changed, and codes taken in from a list."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.db import transaction

from keskio.kernel.errors import Mistake
from keskio.kernel.sql import any_of, fetch, listed, run, run_many
from keskio.talk.models import Coupon, Offer

BATCH = 1000
MOST_SHOWN = 100
LONGEST = 40
CODE = re.compile(r"[^\s,;\"']+")
HELD = "SELECT code FROM talk_coupon WHERE {codes}"
ADD = "INSERT INTO talk_coupon (offer_id, code, is_settled) VALUES (%s, %s, FALSE)"
# The stock of a list grows with it: whoever is taking from it at this moment looks again.
GREW = "UPDATE talk_offer SET turn = turn + 1 WHERE id = %s"


class KeyTaken(Mistake):
    """There is an offer with this key already."""

    code = "offer_key_taken"


class NotAList(Mistake):
    """The codes of this offer are made by Keskiö: it takes none in."""

    code = "offer_makes_its_codes"


class Terms(msgspec.Struct, frozen=True):
    """What an offer is: see `Offer`. `stock` None: as many as there are codes, or without end."""

    title: dict[str, str]
    stock: int | None
    per_customer: int
    valid_until: datetime | None
    valid_for: int | None


class RowFault(msgspec.Struct, frozen=True):
    """A row of a file that could not be taken in: its number (from 1), the code, and why."""

    row: int
    code: str
    why: str


class TakenIn(msgspec.Struct):
    """What came of a list: how many codes were added, how many rows were faulty, the first of them."""

    added: int = 0
    faulty: int = 0
    faults: list[RowFault] = []

    def refuse(self, row: int, code: str, why: str) -> None:
        """Note a row that could not be taken in."""
        self.faulty += 1
        if len(self.faults) < MOST_SHOWN:
            self.faults.append(RowFault(row, code[:LONGEST], why))


def make_offer(key: str, kind: str, prefix: str, terms: Terms) -> Offer:
    """Make an offer. Raises KeyTaken."""
    with transaction.atomic():
        if Offer.objects.filter(key=key).exists():
            raise KeyTaken
        secret = secrets.token_hex(16)
        given = msgspec.structs.asdict(terms)
        return Offer.objects.create(key=key, kind=kind, prefix=prefix, secret=secret, **given)


def change_offer(pk: int, terms: Terms) -> None:
    """Change the terms of an offer; codes that have been given keep the validity they were given with."""
    changed: dict[str, Any] = msgspec.structs.asdict(terms)
    with transaction.atomic():
        Offer.objects.filter(pk=pk).update(**changed)
        run(GREW, (pk,))


def add_codes(offer: Offer, lines: Iterator[str]) -> TakenIn:
    """Take in codes, one a line (what stands behind a comma or semicolon is passed over), in batches.

    A faulty row stops no other: what is empty is passed over, what is too long, has spaces, or is there
    already is told with its number. Raises NotAList.
    """
    if offer.kind != Offer.Kind.LIST:
        raise NotAList
    taken, seen = TakenIn(), set[str]()
    batch: list[tuple[int, str]] = []
    for number, line in enumerate(lines, 1):
        code = re.split(r"[,;\t]", line.strip().lstrip("\ufeff"), maxsplit=1)[0].strip(" \"'")
        if not code or (number == 1 and code.casefold() in ("code", "koodi", "codes", "koodit")):
            continue
        if len(code) > LONGEST or not CODE.fullmatch(code):
            taken.refuse(number, code, "form")
        elif code in seen:
            taken.refuse(number, code, "twice")
        else:
            seen.add(code)
            batch.append((number, code))
        if len(batch) == BATCH:
            _add(offer, batch, taken)
            batch = []
    _add(offer, batch, taken)
    return taken


def _add(offer: Offer, batch: Sequence[tuple[int, str]], taken: TakenIn) -> None:
    if not batch:
        return
    with transaction.atomic():
        sql = HELD.format(codes=any_of("code", kind="text"))
        held = {row[0] for row in fetch(sql, (listed(code for _, code in batch),))}
        fresh = [(offer.pk, code) for _, code in batch if code not in held]
        for number, code in batch:
            if code in held:
                taken.refuse(number, code, "held")
        run(GREW, (offer.pk,))
        run_many(ADD, fresh)
    taken.added += len(fresh)


def free_codes(offer: int) -> int:
    """Return how many codes lie ready in the stock of an offer."""
    return Coupon.objects.filter(offer_id=offer, reserved_at__isnull=True).count()
