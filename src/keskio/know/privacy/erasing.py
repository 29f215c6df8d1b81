"""Forgetting a person: begun in one transaction, carried through in small ones, ended with a receipt.

The beginning makes sure that nothing more happens with the person: no address is left, no identifier
leads to them, nothing goes out. Then every holding of the house is gone through, in rounds, until a
round finds nothing; killed anywhere, the next process goes on. What identifies the person is kept
with the erasure for so long only.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta

import msgspec
from django.conf import settings
from django.db import OperationalError, connections, transaction

from keskio.events.api import append_events
from keskio.events.contracts import NewEvent
from keskio.jobs.api import wake
from keskio.kernel.clock import MICROSECOND, Micros, from_micros, now_micros
from keskio.kernel.holdings import OUTGOING, NotYet, Person, holdings
from keskio.kernel.sql import any_of, fetch, is_postgres, listed, run
from keskio.know.actions import NoSuchCustomer
from keskio.know.privacy.forgetting import Replay, add_to_list, digests_of
from keskio.know.privacy.holdings import CustomerRows
from keskio.know.privacy.models import Demand, Erasure, Forgotten
from keskio.know.queries import same_person_ids
from keskio.know.remembering import change_mark

MOST_ROUNDS = 10
SWEEP = "sweep"
SHORTEST_WORD = 5
_NAMING = frozenset({"user_id", "email", "phone", "crm", "anonymous_id"})
log = logging.getLogger(__name__)


class Working(msgspec.Struct):
    """What an erasure under way remembers; gone when it is done."""

    person: Person = Person(())
    round: int = 0
    touched: int = 0


_decode = msgspec.json.Decoder(Working).decode


def begin(
    customer: int, *, reason: str, by: str, block: bool = False, replay: bool = False
) -> Erasure:
    """Begin to forget a customer, with all that was merged into it; return the erasure.

    At once, and in one transaction: what was to be sent is withdrawn, dialogues end, the row is
    emptied, the ledger forgets whose the identifiers were, and the log is told. `block`: imports that
    bring the same identifiers are to pass them over. Begun again, the same erasure is returned.
    Raises NoSuchCustomer.
    """
    at = now_micros()
    with transaction.atomic():
        _write_over()
        records = same_person_ids(customer)
        going = Erasure.objects.filter(state=Erasure.State.RUNNING)
        for erasure in going:
            if set(erasure.records) & set(records):
                return erasure
        if not fetch(
            "SELECT 1 FROM know_customer WHERE id = %s AND erased_at IS NULL", (customer,)
        ):
            raise NoSuchCustomer(f"There is no customer {customer}.", customer=customer)
        person = person_of(records)
        erasure = Erasure.objects.create(
            records=list(records),
            reason=reason,
            requested_by=by,
            requested_at=at,
            is_blocked=block,
            is_replay=replay,
            working=msgspec.json.encode(Working(person)).decode(),
            hashes=digests_of(person.identifiers),
        )
        erasure.counts = _stop_everything(person, at)
        erasure.save(update_fields=["counts"])
        change_mark()
        append_events([NewEvent(records[0], "customer.erased", at, '{"properties":{}}')])
        Demand.objects.filter(customer_id__in=records, kind="erasure", state="open").update(
            state=Demand.State.DONE, closed_at=at, closed_by=by
        )
        transaction.on_commit(wake)
    return erasure


def _stop_everything(person: Person, at: Micros) -> dict[str, int]:
    """Let nothing go out, no address stand and no identifier lead to the person any more."""
    gone = Counter[str]()
    for holding in holdings():
        if holding.stage == OUTGOING:
            try:
                gone[holding.key] += holding.erase(person, at)
            except NotYet:
                continue  # it is waited for later
    gone["know_customer"] = CustomerRows().erase(person, at)
    links = f"DELETE FROM know_link WHERE {any_of('customer_id')}"  # noqa: S608 - constants
    gone["know_link"] = run(links, (listed(person.records),))
    return {key: count for key, count in gone.items() if count}


def person_of(records: Iterable[int]) -> Person:
    """Return a person by their records, with everything that leads to them."""
    numbers = tuple(records)
    links = fetch(
        f"SELECT DISTINCT type, value FROM know_link WHERE {any_of('customer_id')} AND refused = ''",  # noqa: S608 - constants
        (listed(numbers),),
    )
    rows = fetch(
        f"SELECT email, phone, traits FROM know_customer WHERE {any_of('id')}",  # noqa: S608 - constants
        (listed(numbers),),
    )
    pairs = {(kind, value) for kind, value in links}
    words = {value for kind, value in links if kind in _NAMING}
    for email, phone, traits in rows:
        pairs |= {pair for pair in (("email", email), ("phone", phone)) if pair[1]}
        told = msgspec.json.decode(traits, type=dict[str, object])
        words |= {str(told[name]) for name in ("email", "phone") if isinstance(told.get(name), str)}
        words |= {email, phone}
    since = now_micros() - timedelta(days=settings.SPOOL_DAYS + 1) // MICROSECOND
    moments = fetch(
        f"SELECT DISTINCT received_at FROM events_event WHERE {any_of('customer_id')}"  # noqa: S608 - constants
        " AND received_at > %s",
        (listed(numbers), since),
    )
    return Person(
        records=numbers,
        identifiers=tuple(sorted(pairs)),
        words=tuple(sorted({word.lower() for word in words if len(word) >= SHORTEST_WORD})),
        moments=tuple(sorted(at for (at,) in moments)),
    )


def step(erasure: int, now: Micros) -> bool:
    """Do the next small part of an erasure; True while there is more that can be done at once."""
    with transaction.atomic():
        _write_over()
        row = Erasure.objects.select_for_update().get(pk=erasure)
        if row.state == Erasure.State.DONE:
            return False
        if row.place != SWEEP:
            return _erase_next(row, now)
    if row.working != "{}":
        _write_receipt(row)
    if _sweep():
        Erasure.objects.filter(pk=row.pk).update(
            state=Erasure.State.DONE, finished_at=now_micros(), place="", waits_for=""
        )
    return False


def run_to_end(erasure: int, *, most: int = 100_000) -> Erasure:
    """Carry an erasure through as far as it goes without waiting for anybody; return it."""
    for _ in range(most):
        if not step(erasure, now_micros()):
            break
    return Erasure.objects.get(pk=erasure)


def _erase_next(row: Erasure, now: Micros) -> bool:
    working = _decode(row.working)
    steps = holdings()
    keys = [holding.key for holding in steps]
    place = keys.index(row.place) if row.place in keys else 0
    holding = steps[place]
    try:
        with transaction.atomic():
            gone = holding.erase(working.person, now)
        row.waits_for = ""
    except NotYet as reason:
        row.waits_for = str(reason)
        row.save(update_fields=["waits_for"])
        return False
    working.touched += gone
    if gone:
        row.counts[holding.key] = row.counts.get(holding.key, 0) + gone
    else:
        row.place = keys[place + 1] if place + 1 < len(keys) else _after_a_round(working)
    row.working = msgspec.json.encode(working).decode()
    row.save(update_fields=["place", "waits_for", "working", "counts"])
    return True


def _after_a_round(working: Working) -> str:
    """Return where to go on: another round while there was anything, else to the sweeping."""
    working.round += 1
    again = working.touched > 0 and working.round < MOST_ROUNDS
    working.touched = 0
    return "" if again else SWEEP


def _write_over() -> None:
    """Let SQLite write zeros over what it deletes in this connection."""
    if not is_postgres():
        for alias in {"default", settings.SPOOL_ALIAS}:
            connections[alias].cursor().execute("PRAGMA secure_delete = ON")


def _sweep() -> bool:
    """Take away what earlier changes of rows have left between them in SQLite's files.

    False when somebody else is writing just now: it is tried again. PostgreSQL does it by itself.
    """
    for alias in {"default", settings.SPOOL_ALIAS}:
        if is_postgres(alias) or connections[alias].in_atomic_block:
            continue
        try:
            with connections[alias].cursor() as cursor:
                cursor.execute("VACUUM")
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                cursor.fetchall()
        except OperationalError as busy:
            log.info("The sweeping after an erasure waits: %s", busy)
            return False
    return True


def _write_receipt(row: Erasure) -> None:
    """Keep the digests, here and in the list beside the databases, and let go of what was remembered."""
    line = Replay(
        at=from_micros(now_micros()).isoformat(),
        records=tuple(row.records),
        digests=tuple(row.hashes),
        reason=row.reason,
        blocked=row.is_blocked,
    )
    add_to_list(line)
    with transaction.atomic():
        found = set(
            Forgotten.objects.filter(digest__in=row.hashes).values_list("digest", flat=True)
        )
        if row.is_blocked:
            Forgotten.objects.filter(digest__in=found).update(is_blocked=True)
        Forgotten.objects.bulk_create(
            Forgotten(digest=digest, erasure_id=row.pk, is_blocked=row.is_blocked)
            for digest in row.hashes
            if digest not in found
        )
        Erasure.objects.filter(pk=row.pk).update(working="{}")
