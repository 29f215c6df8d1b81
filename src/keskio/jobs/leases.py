"""Leases: one holder at a time for work that only one may do, on SQLite and on PostgreSQL.

A lease that is not renewed in time may be taken over. The old holder finds out at the latest when
it commits: `renew` in the same transaction raises, and what it did is rolled back.
"""

from __future__ import annotations

from datetime import timedelta

from keskio.kernel.clock import MICROSECOND, now_micros
from keskio.kernel.errors import Trouble
from keskio.kernel.sql import fetch, run

TERM = timedelta(seconds=10)
HOLD = """
    INSERT INTO jobs_lease (name, owner, fence, until) VALUES (%s, %s, 1, %s)
    ON CONFLICT (name) DO UPDATE
    SET owner = excluded.owner, fence = jobs_lease.fence + 1, until = excluded.until
    WHERE jobs_lease.until <= %s OR jobs_lease.owner = excluded.owner
    RETURNING fence
"""
RENEW = "UPDATE jobs_lease SET until = %s WHERE name = %s AND owner = %s AND fence = %s"
RELEASE = "UPDATE jobs_lease SET until = 0 WHERE name = %s AND owner = %s AND fence = %s"


class LostLease(Trouble):
    """Somebody else has taken over this work."""

    code = "lost_lease"


class Lease:
    """The right to do the work `name`, held by `owner` until its term ends without renewal."""

    def __init__(self, name: str, owner: str, *, fence: int, term: timedelta) -> None:
        self.name = name
        self.owner = owner
        self.fence = fence
        self.term = term

    @classmethod
    def hold(cls, name: str, owner: str, *, term: timedelta = TERM) -> Lease | None:
        """Take the lease `name` for `owner`, or return None while somebody else holds it."""
        now = now_micros()
        rows = fetch(HOLD, (name, owner, now + term // MICROSECOND, now))
        return cls(name, owner, fence=int(rows[0][0]), term=term) if rows else None

    def renew(self) -> None:
        """Begin the term anew.

        Called inside the transaction that holds the work: until it ends nobody can take over.
        Raises LostLease when somebody has.
        """
        until = now_micros() + self.term // MICROSECOND
        if run(RENEW, (until, self.name, self.owner, self.fence)) != 1:
            raise LostLease(f"The lease {self.name} of {self.owner} was taken over.")

    def release(self) -> None:
        """Let the next one have it at once; nothing happens when somebody already has."""
        run(RELEASE, (self.name, self.owner, self.fence))
