"""Forgetting again, after a backup from before has been put back."""

from __future__ import annotations

from collections.abc import Iterator

from keskio.kernel.sql import any_of, fetch, listed
from keskio.know.privacy.erasing import begin, run_to_end
from keskio.know.privacy.forgetting import digest_of, listed_lines
from keskio.know.privacy.models import Erasure

_SLICE = 50_000


def replay(*, by: str) -> Iterator[Erasure]:
    """Forget everybody on the list who is there again, and yield each erasure as far as it came.

    People are found by the digests of their identifiers, whatever numbers they have now; one who had
    none that lasts is found by number. Done twice, it does nothing the second time.
    """
    lines = list(listed_lines())
    by_digest = {digest: line for line in lines for digest in line.digests}
    found = {customer: by_digest[digest] for customer, digest in _owners(frozenset(by_digest))}
    for line in lines:
        if not line.digests:
            sql = f"SELECT id FROM know_customer WHERE erased_at IS NULL AND {any_of('id')}"  # noqa: S608 - constants
            found |= {row[0]: line for row in fetch(sql, (listed(line.records),))}
    for customer, line in found.items():
        if fetch("SELECT 1 FROM know_customer WHERE id = %s AND erased_at IS NULL", (customer,)):
            erasure = begin(customer, reason=line.reason, by=by, block=line.blocked, replay=True)
            yield run_to_end(erasure.pk)


def _owners(digests: frozenset[str]) -> Iterator[tuple[int, str]]:
    """Yield (customer, digest) for each identifier of the ledger that is on the list."""
    after = 0
    while rows := fetch(
        "SELECT id, type, value, customer_id FROM know_link WHERE id > %s AND refused = ''"
        " ORDER BY id LIMIT %s",
        (after, _SLICE),
    ):
        for _, kind, value, customer in rows:
            digest = digest_of((kind, value))
            if digest in digests:
                yield customer, digest
        after = rows[-1][0]
