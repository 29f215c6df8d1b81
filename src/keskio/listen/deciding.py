"""What people decide about mentions and their writers; each decision is kept, and may be taken back."""

from __future__ import annotations

from django.db import transaction

from keskio.kernel.clock import Micros, now_micros
from keskio.kernel.errors import Mistake
from keskio.kernel.sql import run
from keskio.listen.models import Mention, Policy, Reread, WriterDecision

KINDS = ("", "partner", "suspected")


class NoWriter(Mistake):
    """Nothing is known of who wrote this, so nothing can be decided about them."""

    code = "no_writer"


def decide_kind(author_key: str, kind: str, *, why: str, by: str) -> WriterDecision:
    """Say that an account is a partner's or a suspected troll's, or ("") take that back.

    Whose customer it is stays as it was decided before. Raises NoWriter and Mistake.
    """
    if not author_key:
        raise NoWriter
    if kind not in KINDS:
        raise Mistake(
            f"An account cannot be {kind!r}: choose one of {', '.join(filter(None, KINDS))}."
        )
    before = WriterDecision.objects.filter(author_key=author_key).order_by("-id").first()
    return WriterDecision.objects.create(
        author_key=author_key,
        kind=kind,
        customer_id=before.customer_id if before else 0,
        why=why,
        decided_by=by,
        decided_at=now_micros(),
    )


def link_to_customer(mention: int, customer: int, *, by: str) -> int:
    """Say that the account behind a mention is a customer's (0: nobody's); return how many mentions moved.

    Holds for what the account has written and will write. A mention without an account moves alone.
    """
    row = Mention.objects.get(pk=mention)
    with transaction.atomic():
        if not row.author_key:
            return Mention.objects.filter(pk=mention).update(customer_id=customer)
        before = WriterDecision.objects.filter(author_key=row.author_key).order_by("-id").first()
        WriterDecision.objects.create(
            author_key=row.author_key,
            kind=before.kind if before else "",
            customer_id=customer,
            decided_by=by,
            decided_at=now_micros(),
        )
        return run(
            "UPDATE listen_mention SET customer_id = %s WHERE author_key = %s AND NOT is_private",
            (customer, row.author_key),
        )


def ask_reread(since: Micros, *, by: str) -> Reread:
    """Ask that everything said since an instant be read again; a wish that waits serves for both."""
    with transaction.atomic():
        waiting = Reread.objects.filter(done_at__isnull=True, since__lte=since, reached=0).first()
        return waiting or Reread.objects.create(asked_at=now_micros(), asked_by=by, since=since)


def save_policy(
    *, keep_days: int, keep_others_days: int, handles: str, basis: str, by: str
) -> Policy:
    """Keep how long texts are kept; it holds from the next pruning on."""
    policy, _ = Policy.objects.update_or_create(
        pk=1,
        defaults={
            "keep_days": keep_days,
            "keep_others_days": keep_others_days,
            "handles": handles,
            "basis": basis,
            "changed_at": now_micros(),
            "changed_by": by,
        },
    )
    return policy
