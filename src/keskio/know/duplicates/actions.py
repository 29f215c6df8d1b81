"""Writes of the wing: searches, and what people decide of the pairs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
from django.db import transaction
from django.db.models import Q

from keskio.kernel.clock import now, now_micros
from keskio.kernel.errors import Mistake
from keskio.kernel.sql import run_many
from keskio.know import merging
from keskio.know.duplicates.likeness import Likeness
from keskio.know.duplicates.linking import ScoredPair, likely_pairs
from keskio.know.duplicates.models import Candidate, Search
from keskio.know.duplicates.queries import known_people
from keskio.know.uniting import merge_customers

AT_LEAST = 0.8
"""A pair is shown from this probability on: below it, people would mostly say no."""

MOST = 20_000
_encode = msgspec.json.Encoder().encode
# Found again: the newest figures; what has been decided stays decided.
_KEEP = """
    INSERT INTO duplicates_candidate
        (low_id, high_id, probability, evidence, search_id, found_at, state, decided_by)
    VALUES (%s, %s, %s, %s, %s, %s, 'open', '')
    ON CONFLICT (low_id, high_id) DO UPDATE SET
        probability = excluded.probability, evidence = excluded.evidence,
        search_id = excluded.search_id,
        state = CASE duplicates_candidate.state WHEN 'gone' THEN 'open'
                ELSE duplicates_candidate.state END
"""


class AlreadyDecided(Mistake):
    """Somebody has decided about this pair already."""

    code = "already_decided"


def ask_for_search(*, by: str = "") -> Search:
    """Ask the worker to look through all customers; a search that still waits or runs is returned."""
    with transaction.atomic():
        under_way = Search.objects.filter(ended_at=None).order_by("id").first()
        return under_way or Search.objects.create(asked_at=now(), asked_by=by)


def carry_out(search: Search) -> None:
    """Look through all customers, and bring the queue up to what was found, all at once.

    Raises what went wrong after it has been written down; the queue is then as it was.
    """
    search.began_at = now()
    search.save(update_fields=["began_at"])
    seen = 0

    def counted() -> Iterator[Likeness]:
        nonlocal seen
        for person in known_people():
            seen += 1
            yield person

    try:
        pairs = likely_pairs(counted(), at_least=AT_LEAST)[:MOST]
        with transaction.atomic():
            _keep(search, pairs)
            search.customers, search.pairs = seen, len(pairs)
            search.ended_at = now()
            search.save()
    except Exception as error:
        search.error, search.ended_at = f"{type(error).__name__}: {error}", now()
        search.save()
        raise


def _keep(search: Search, pairs: Sequence[ScoredPair]) -> None:
    at = now_micros()
    rows = [
        (p.low, p.high, p.probability, _encode(p.evidence).decode(), search.pk, at) for p in pairs
    ]
    run_many(_KEEP, rows)
    Candidate.objects.filter(state=Candidate.OPEN).exclude(search_id=search.pk).update(
        state=Candidate.GONE
    )


def merge_pair(candidate: int, *, by: str) -> int:
    """Make the pair one customer; return which. Raises AlreadyDecided.

    The older record stays. Other pairs with either of them are looked at anew by the next search.
    """
    with transaction.atomic():
        pair = _open(candidate)
        _decide(pair, Candidate.MERGED, by)
        other = Q(low_id=pair.high_id) | Q(high_id=pair.high_id)
        Candidate.objects.filter(other, state=Candidate.OPEN).update(state=Candidate.GONE)
        merge_customers(pair.high_id, pair.low_id, actor=by, cause="duplicates")
        return pair.low_id


def keep_apart(candidate: int, *, by: str) -> None:
    """Remember that the pair is two people: it is never asked about again. Raises AlreadyDecided.

    An identifier that both come to tell does not merge them either.
    """
    with transaction.atomic():
        pair = _open(candidate)
        _decide(pair, Candidate.APART, by)
        merging.keep_apart(pair.low_id, pair.high_id, at=now_micros(), actor=by)


def _open(candidate: int) -> Candidate:
    pair = Candidate.objects.select_for_update().filter(pk=candidate).first()
    if pair is None or pair.state != Candidate.OPEN:
        raise AlreadyDecided("Somebody has decided about this pair already.", candidate=candidate)
    return pair


def _decide(pair: Candidate, state: str, by: str) -> None:
    pair.state, pair.decided_at, pair.decided_by = state, now(), by
    pair.save(update_fields=["state", "decided_at", "decided_by"])
