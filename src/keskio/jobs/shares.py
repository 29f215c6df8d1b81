"""Shares: work about customers cut into 64 partitions, of which each runner holds its fair part.

A partition belongs to one holder at a time, until its term ends without renewal. Whoever does the
work renews in the transaction that holds it, and learns there when a partition has been taken over:
everything is then rolled back. Runners that come and go are seen within seconds, and shares follow.
The place up to which the log has been taken is kept by partition, so nobody has to wait for another.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import timedelta

from keskio.jobs.leases import TERM, Lease, LostLease
from keskio.kernel.clock import MICROSECOND, Micros, now_micros
from keskio.kernel.sql import any_of, fetch, listed, run, run_many

PARTITIONS = 64
EVERY = frozenset(range(PARTITIONS))
PACE = timedelta(seconds=2) // MICROSECOND  # between looks at who else is there
FORGOTTEN = timedelta(hours=1) // MICROSECOND
LONGEST_OWNER = 80

BEGIN = """
    INSERT INTO jobs_partition (work, number, holder, until, position) VALUES (%s, %s, '', 0, %s)
    ON CONFLICT (work, number) DO NOTHING
"""
MINE = "SELECT number, position FROM jobs_partition WHERE work = %s AND holder = %s"
# An earlier life of the same owner is certainly over.
FREE = """
    SELECT number FROM jobs_partition
    WHERE work = %s AND holder <> %s AND (until <= %s OR holder LIKE %s)
"""
TAKE = """
    UPDATE jobs_partition SET holder = %s, until = %s
    WHERE work = %s AND holder <> %s AND (until <= %s OR holder LIKE %s) AND {numbers}
"""
RENEW = """
    UPDATE jobs_partition
    SET until = %s, position = CASE WHEN position < %s THEN %s ELSE position END
    WHERE work = %s AND holder = %s
"""
GIVE_BACK = """
    UPDATE jobs_partition SET holder = '', until = 0 WHERE work = %s AND holder = %s AND {numbers}
"""
BREAK = "UPDATE jobs_partition SET holder = '', until = 0 WHERE work = %s AND {numbers}"
OTHERS = "SELECT count(*) FROM jobs_lease WHERE name LIKE %s AND name <> %s AND until > %s"
FORGET = "DELETE FROM jobs_lease WHERE name LIKE %s AND until < %s"
REACHED = "SELECT min(position) FROM jobs_partition WHERE work = %s"


def share_of(customer: int) -> int:
    """Return the partition (0-63) of a customer.

    Numbers are given out one after another, so their low bits spread people evenly, and both
    databases can say the same of any row (`customers_among`) without a column for it.
    """
    return customer & (PARTITIONS - 1)


def customers_among(partitions: Collection[int], column: str = "customer_id") -> str:
    """Return a condition that is true for the customers of `partitions`; "" when that is everybody."""
    if len(partitions) == PARTITIONS:
        return ""
    numbers = ", ".join(str(int(number)) for number in sorted(partitions))
    return f"({column} & {PARTITIONS - 1}) IN ({numbers})"


class Share:
    """The partitions of `work` that `owner` holds. Used by one thread."""

    def __init__(
        self, work: str, owner: str, *, begins_at: Callable[[], int], term: timedelta = TERM
    ) -> None:
        self.work = work
        self.owner = owner[-LONGEST_OWNER:]
        self.positions: dict[int, int] = {}
        self._begins_at = begins_at
        self._term = term
        self._lease: Lease | None = None
        self._holder = ""
        self._look_at: Micros = 0

    @property
    def held(self) -> Collection[int]:
        """The numbers of the partitions."""
        return self.positions.keys()

    @property
    def position(self) -> int:
        """The place in the log up to which every partition of the share has been taken."""
        return min(self.positions.values(), default=0)

    def tend(self) -> bool:
        """Look who else is there, now and then, and take or give back; tell whether anything is held.

        Called between batches, outside any transaction. Alone and idle, this writes nothing.
        """
        now = now_micros()
        if self._lease is None:
            self._begin()
        elif now < self._look_at and self.positions:
            return True
        self._look_at = now + PACE
        name = f"{self.work}/%"
        assert self._lease is not None
        others = int(fetch(OTHERS, (name, self._lease.name, now))[0][0])
        if others:
            self._be_seen(now)
        wanted = -(-PARTITIONS // (1 + others))
        if len(self.positions) > wanted:
            self._give_back(sorted(self.positions, key=_spread)[wanted:])
        elif len(self.positions) < wanted:
            self._take(wanted - len(self.positions), now)
        return bool(self.positions)

    def renew(self, reached: int = 0) -> None:
        """Begin the term anew, and note that everything up to `reached` has been taken.

        Called inside the transaction that holds the work: until it ends nobody can take over.
        Raises LostLease when somebody has taken any of the partitions.
        """
        until = now_micros() + self._term // MICROSECOND
        kept = run(RENEW, (until, reached, reached, self.work, self._holder))
        if kept != len(self.positions):
            self.drop()
            raise LostLease(f"Partitions of {self.work} were taken from {self.owner}.")

    def moved(self, reached: int) -> None:
        """Take note that `renew(reached)` has been committed."""
        self.positions = {number: max(at, reached) for number, at in self.positions.items()}

    def drop(self) -> None:
        """Forget what is held: the next `tend` asks the table."""
        self.positions = {}

    def release(self) -> None:
        """Let others have everything at once."""
        if self._lease is not None:
            self._give_back(list(EVERY))
            self._lease.release()
            self._lease = None
            self.drop()

    def _begin(self) -> None:
        if not fetch("SELECT 1 FROM jobs_partition WHERE work = %s LIMIT 1", (self.work,)):
            position = self._begins_at()
            run_many(BEGIN, [(self.work, number, position) for number in range(PARTITIONS)])
        run(FORGET, (f"{self.work}/%", now_micros() - FORGOTTEN))
        name = f"{self.work}/{self.owner}"
        self._lease = Lease.hold(name, self.owner, term=self._term)
        assert self._lease is not None, "nobody else holds a lease by this owner's name"
        self._holder = f"{self.owner}#{self._lease.fence}"

    def _be_seen(self, now: Micros) -> None:
        """Renew what is held, and notice what is not any more."""
        assert self._lease is not None
        try:
            self._lease.renew()
        except LostLease:  # another life of this owner has begun
            self._lease = None
            self.drop()
            self._begin()
        run(RENEW, (now + self._term // MICROSECOND, 0, 0, self.work, self._holder))
        self.positions = dict(fetch(MINE, (self.work, self._holder)))

    def _take(self, most: int, now: Micros) -> None:
        earlier = f"{self.owner}#%"
        found = [row[0] for row in fetch(FREE, (self.work, self._holder, now, earlier))]
        free = sorted(found, key=_spread)[:most]
        if free:
            numbers = listed(free)
            until = now + self._term // MICROSECOND
            sql = TAKE.format(numbers=any_of("number"))
            asked = (self._holder, until, self.work, self._holder, now, earlier, numbers)
            run(sql, asked)
        self.positions = dict(fetch(MINE, (self.work, self._holder)))

    def _give_back(self, numbers: Collection[int]) -> None:
        sql = GIVE_BACK.format(numbers=any_of("number"))
        run(sql, (self.work, self._holder, listed(numbers)))
        self.positions = {n: at for n, at in self.positions.items() if n not in set(numbers)}


def _spread(number: int) -> int:
    """Return an order in which neighbours stand apart: people who came together go to several runners."""
    return number * 37 % PARTITIONS


def interrupt(work: str, customers: Collection[int]) -> None:
    """Take the partitions of `customers` from whoever holds them: a batch under way is done again.

    Called first in a transaction that changes from outside what the holders work on (merging,
    migrating): what they have read before is then never written over it.
    """
    numbers = {share_of(customer) for customer in customers}
    run(BREAK.format(numbers=any_of("number")), (work, listed(sorted(numbers))))


def reached_by_all(work: str) -> int | None:
    """Return the place in the log up to which every partition has been taken; None before the first turn."""
    found = fetch(REACHED, (work,))[0][0]
    return None if found is None else int(found)


def positions_of(work: str) -> Mapping[int, int]:
    """Return the place of each partition; empty before the first turn."""
    return dict(fetch("SELECT number, position FROM jobs_partition WHERE work = %s", (work,)))
