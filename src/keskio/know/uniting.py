"""Merging and un-merging by people: two customers said to be one, and one said to be two."""

from __future__ import annotations

from django.db import transaction

from keskio.jobs.api import wake
from keskio.kernel.clock import now_micros
from keskio.kernel.errors import Mistake
from keskio.kernel.sql import fetch
from keskio.know.folding import Step
from keskio.know.ledger import take_the_pen
from keskio.know.merging import Union, forget_apart, keep_apart, undo, write_merges
from keskio.know.models import Doubt
from keskio.know.queries import now_ids
from keskio.know.remembering import change_mark, read_marks

STAFF = "staff"
LIST = "list"


class NotMergeable(Mistake):
    """These two customers cannot be made one."""

    code = "not_mergeable"


def merge_customers(gone: int, into: int, *, actor: str = "", cause: str = STAFF) -> int | None:
    """Make the customer `gone` one with `into`, both known or not; return the merge's number.

    What had set them apart is forgotten. None: they are one customer already. Raises NotMergeable for
    somebody who is not there or has been forgotten.
    """
    with transaction.atomic():
        take_the_pen()
        read_marks()
        one, other = _as_now(gone, into)
        if one == other:
            return None
        at = now_micros()
        forget_apart(one, other)
        write_merges([Union(one, other, happened_at=at, cause=cause, actor=actor)], at)
        change_mark()
        _settle_doubts(Doubt.State.MERGED, actor)
        transaction.on_commit(wake)
        sql = "SELECT id FROM know_merge WHERE customer_id = %s AND undone_at IS NULL"
        return int(fetch(sql, (one,))[0][0])


def undo_merge(merge: int, *, actor: str = "") -> tuple[int, int] | None:
    """Undo a merge; return who came out and out of whom, or None when it was undone before.

    The two are kept apart until somebody merges them by hand. Raises NotMergeable for no such merge.
    """
    with transaction.atomic():
        take_the_pen()
        read_marks()
        sql = (
            "SELECT id, customer_id, into_id, register_id, undone_at FROM know_merge WHERE id = %s"
        )
        rows = fetch(sql, (merge,))
        if not rows:
            raise NotMergeable(f"There is no merge {merge}.", merge=merge)
        *told, undone_at = rows[0]
        if undone_at is not None:
            return None
        parted = undo(Step(*told), at=now_micros(), actor=actor)
        change_mark()
        transaction.on_commit(wake)
        return parted


def decide_doubt(number: int, *, is_one: bool, actor: str) -> bool:
    """Merge the two of a doubt, or keep them apart for good; False when it was decided before.

    Of two, the one known longer remains. Raises NotMergeable as `merge_customers` does.
    """
    with transaction.atomic():
        take_the_pen()
        doubt = Doubt.objects.filter(pk=number, state=Doubt.State.OPEN).first()
        if doubt is None:
            return False
        one, other = _as_now(doubt.one_id, doubt.other_id)
        if is_one and one != other:
            merge_customers(max(one, other), min(one, other), actor=actor, cause=LIST)
        elif not is_one and one != other:
            keep_apart(one, other, at=now_micros(), actor=actor)
        doubt.state = Doubt.State.MERGED if is_one else Doubt.State.APART
        doubt.decided_at, doubt.decided_by = now_micros(), actor
        doubt.save(update_fields=["state", "decided_at", "decided_by"])
        return True


def _as_now(gone: int, into: int) -> tuple[int, int]:
    now = now_ids([gone, into])
    for asked in (gone, into):
        if asked not in now:
            raise NotMergeable(f"There is no customer {asked}.", customer=asked)
    sql = "SELECT id FROM know_customer WHERE id IN (%s, %s) AND erased_at IS NOT NULL"
    erased = fetch(sql, (now[gone], now[into]))
    if erased:
        sentence = f"Customer {erased[0][0]} has been forgotten and cannot be merged with anybody."
        raise NotMergeable(sentence, customer=erased[0][0])
    return now[gone], now[into]


def _settle_doubts(state: Doubt.State, actor: str) -> None:
    """Close open doubts whose two have become one."""
    sql = (
        "SELECT d.id FROM know_doubt d JOIN know_customer a ON a.id = d.one_id"
        " JOIN know_customer b ON b.id = d.other_id WHERE d.state = 'open'"
        " AND coalesce(a.merged_into_id, a.id) = coalesce(b.merged_into_id, b.id)"
    )
    settled = [row[0] for row in fetch(sql)]
    if settled:
        Doubt.objects.filter(pk__in=settled).update(
            state=state, decided_at=now_micros(), decided_by=actor
        )
