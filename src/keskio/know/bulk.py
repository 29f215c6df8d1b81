"""Many people at once: what files and tables tell, taken in a chunk at a time.

The result is that of `resolve`, `take_traits` and `record_lines` row after row; a test holds them
together. Most rows of a file are of two easy kinds, told apart by one lookup for all the chunk:

- *fresh*: nobody has any of its identifiers, and no other row of the chunk tells of them. The row is
  a new customer, and is written whole at once: row, links, register lines, events.
- *settled*: all its identifiers are one customer's already. Only what is news is written.

All others go through the rules of `joining`. Nothing here decides whose an identifier is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

import msgspec
from django.db import transaction

from keskio.events.api import append_events
from keskio.events.contracts import Envelope, NewEvent
from keskio.jobs.api import wake
from keskio.kernel.clock import Micros, now_micros
from keskio.kernel.sql import fetch, is_postgres, run, run_many
from keskio.know.actions import record_lines
from keskio.know.blocking import blocked_among
from keskio.know.consents import EVERYTHING, Line, add_lines, told
from keskio.know.contracts import RESTRICTED, NewPerson
from keskio.know.identifiers import ADDRESSES, ANONYMOUS, Named, Pair, named
from keskio.know.ledger import ONE_WRITER, Found, find_owners, place
from keskio.know.queries import now_ids
from keskio.know.records import Record, load_records, save_records, take_traits
from keskio.know.ruling import rules_now
from keskio.know.traits import pick, search_text
from keskio.know.writing import next_numbers

CHUNK = 5000
NEW, CHANGED, UNCHANGED = "new", "changed", "unchanged"
NOBODY = "nobody"
"""The row names nobody whom the ledger can take."""
KEPT = "kept"
"""The row is of somebody with whom nothing may be done: restricted, or forgotten to stay so."""

_IDENTIFIED = "customer.identified"
_INSERT_CUSTOMER = """
    INSERT INTO know_customer (id, created_at, known_at, name, email, phone, language, zone, search,
                               traits, trait_times, consents)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
_INSERT_LINK = """
    INSERT INTO know_link (type, value, customer_id, at, source_id, message_id, is_proven, refused)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""
_encode = msgspec.json.Encoder().encode


class Taken(msgspec.Struct, frozen=True, gc=False):
    """What became of the rows of a chunk, in their order: whose each is, and whether it was news.

    `records`: by the place of a row, the record that told it, where that has been merged into its customer.
    """

    customers: list[int]
    states: list[str]
    records: dict[int, int]


def import_people(people: Iterable[NewPerson], *, source: int = 0, cause: str = "import") -> int:
    """Take in people set-wise: identities, traits and consents; return how many rows were read.

    A chunk a transaction, each with its events (`customer.identified`, `consent.given` …). The same
    rows again change nothing and add no events.
    """
    rows = iter(people)
    count = 0
    while chunk := list(islice(rows, CHUNK)):
        with transaction.atomic():
            take_in(chunk, source=source, cause=cause)
        count += len(chunk)
    if count > CHUNK:
        refresh_statistics()
    return count


def refresh_statistics() -> None:
    """Tell PostgreSQL how large the tables have become: its plans are wrong after a bulk load."""
    if is_postgres():
        for table in ("know_customer", "know_link", "know_consent", "events_event"):
            run(f"ANALYZE {table}")


def take_in(people: Sequence[NewPerson], *, source: int = 0, cause: str = "import") -> Taken:
    """Take in a chunk of people in the caller's transaction, and tell what became of each.

    Later rows win where two tell of one customer's trait at the same moment. Rows that are no news
    write nothing.
    """
    if is_postgres():
        fetch(ONE_WRITER)
    chunk = _Chunk(people, source, cause)
    chunk.write_fresh()
    chunk.take_known()
    chunk.finish()
    return Taken(chunk.customers, chunk.states, chunk.records)


class _Chunk:
    """The rows under work: sorted into kinds at once, then written kind by kind."""

    def __init__(self, people: Sequence[NewPerson], source: int, cause: str) -> None:
        self.people = people
        self.source = source
        self.cause = cause
        self.now = now_micros()
        self.customers = [0] * len(people)
        # By whose identifiers rows were told of customers who have been merged.
        self.records: dict[int, int] = {}
        self.states = [UNCHANGED] * len(people)
        self.events: list[tuple[int, NewEvent]] = []
        self.consent_events: list[NewEvent] = []
        envelopes = [_envelope(person, source, self.now) for person in people]
        rules = rules_now()
        self.said = [named(envelope, rules) for envelope in envelopes]
        self.fresh: list[int] = []
        self.known: list[int] = []
        rest = self._sort()
        if rest:
            self._place(rest, envelopes)

    def _sort(self) -> list[int]:
        """Sort the rows into the kinds; return those that need the rules."""
        spoken: set[Pair] = set()
        doubled: set[Pair] = set()
        for names in self.said:
            for pair in names.pairs:
                if pair in spoken:
                    doubled.add(pair)
                else:
                    spoken.add(pair)
        found = find_owners(spoken)
        blocked = blocked_among(spoken)
        rest = []
        for i, names in enumerate(self.said):
            owner = _owner_of(names, found)
            if blocked and not owner and not blocked.isdisjoint(names.pairs):
                self.states[i] = KEPT
            elif owner:
                self.customers[i] = owner
                self.known.append(i)
            elif owner is None and _is_fresh(names, doubled):
                self.fresh.append(i)
            else:
                rest.append(i)
        return rest

    def _place(self, rest: Sequence[int], envelopes: Sequence[Envelope]) -> None:
        """Let the rules say whose the rows `rest` are; they may also have merged customers."""
        newest = fetch("SELECT coalesce(max(id), 0) FROM know_customer")[0][0]
        placed = place([envelopes[i] for i in rest])
        now = now_ids({self.customers[i] for i in self.known})
        for i in self.known:
            self.customers[i] = now.get(self.customers[i], self.customers[i])
        met: set[int] = set()
        for i, customer, record in zip(rest, placed.customers, placed.records, strict=True):
            self.customers[i] = customer
            if record != customer:
                self.records[i] = record
            if not customer:
                self.states[i] = NOBODY
                continue
            if customer > newest and customer not in met:
                self.states[i] = NEW
                met.add(customer)
            self.known.append(i)
        self.known.sort()

    def write_fresh(self) -> None:
        """Write the new customers, each whole."""
        if not self.fresh:
            return
        rows, links, lines = [], [], []
        now, source = self.now, self.source
        times = _Times()
        for i, number in zip(self.fresh, next_numbers(len(self.fresh)), strict=True):
            person, pairs = self.people[i], self.said[i].pairs
            at = person.at or now
            consents: dict[str, str] = {}
            for line in _lines_of(person, number, self.cause, now):
                if consents.get(line.key) != line.state:
                    consents[line.key] = line.state
                    lines.append(line)
            traits = {name: told for name, told in person.traits.items() if told is not None}
            told_as = _encode(person.traits).decode()
            known_as = told_as if len(traits) == len(person.traits) else _encode(traits).decode()
            rows.append(
                (
                    number,
                    now,
                    now if _is_known(pairs) else None,
                    *_picked(person.traits, traits, pairs),
                    known_as,
                    times.of(person.traits, at),
                    _encode(consents).decode() if consents else "{}",
                )
            )
            links += [(kind, value, number, now, source, "", True, "") for kind, value in pairs]
            self.customers[i] = number
            self.states[i] = NEW
            self.events.append((i, self._told(number, told_as, at)))
        run_many(_INSERT_CUSTOMER, rows)
        run_many(_INSERT_LINK, links)
        add_lines(lines)
        self.consent_events += [told(line) for line in lines]

    def take_known(self) -> None:
        """Take in what is news of customers whom the ledger knows."""
        records = load_records({self.customers[i] for i in self.known})
        changed: set[int] = set()
        lines: list[tuple[int, Line]] = []
        for i in self.known:
            person, customer = self.people[i], self.customers[i]
            record, at = records[customer], person.at or self.now
            if record.consents.get(EVERYTHING) == RESTRICTED:
                self.states[i] = KEPT
                continue
            is_news = self.states[i] == NEW or _is_news(person, record, at)
            if is_news:
                take_traits(record, person.traits, at=at, is_trusted=True)
                changed.add(customer)
                traits = _encode(person.traits).decode()
                self.events.append((i, self._told(customer, traits, at, self.records.get(i, 0))))
                self._note(i)
            told_of = self.records.get(i)
            lines += [
                (i, line)
                for line in _lines_of(person, customer, self.cause, self.now, record=told_of)
            ]
        save_records(records[customer] for customer in sorted(changed))
        self._record(lines, records)

    def _record(self, lines: Sequence[tuple[int, Line]], records: dict[int, Record]) -> None:
        """Give the register the lines of those customers for whom any of them may be news.

        What a row without a time of its own says again is no news: it does not make a consent last longer.
        """
        moved = {
            line.customer
            for _, line in lines
            if records[line.customer].consents.get(line.key) != line.state
            or line.at != self.now
            or line.expires_at is not None
        }
        if not moved:
            return
        told_now = record_lines([line for _, line in lines if line.customer in moved])
        self.consent_events += told_now
        news = {event.customer for event in told_now}
        met: set[tuple[int, str, str]] = set()
        for i, line in lines:
            said = (line.customer, line.key, line.state)
            if line.customer in news and said not in met:
                self._note(i)
            met.add(said)

    def finish(self) -> None:
        """Append the events: what was told in the order of the rows, then the consents."""
        self.events.sort(key=lambda told_of: told_of[0])
        append_events([event for _, event in self.events] + self.consent_events)
        if self.events or self.consent_events:
            transaction.on_commit(wake)

    def _note(self, i: int) -> None:
        if self.states[i] == UNCHANGED:
            self.states[i] = CHANGED

    def _told(self, customer: int, traits: str, at: Micros, record: int = 0) -> NewEvent:
        body = f'{{"properties":{{}},"context":{{}},"traits":{traits}}}'
        return NewEvent(customer, _IDENTIFIED, at, body, self.now, self.source, record=record)


class _Times:
    """The times of traits as text; most rows of a chunk tell the same traits at the same moment."""

    def __init__(self) -> None:
        self._texts: dict[tuple[Micros, tuple[str, ...]], str] = {}

    def of(self, traits: Mapping[str, Any], at: Micros) -> str:
        """Return the JSON of `traits`' names with `at` for each."""
        key = (at, tuple(traits))
        text = self._texts.get(key)
        if text is None:
            text = self._texts[key] = _encode(dict.fromkeys(traits, at)).decode()
        return text


def _envelope(person: NewPerson, source: int, now: Micros) -> Envelope:
    return Envelope(
        _IDENTIFIED, person.at or now, now, source, "", person.identifiers, "{}", person.traits
    )


def _owner_of(names: Named, found: Found) -> int | None:
    """Return whose all of the row's identifiers are; 0 if the rules must say, None if nobody has any.

    Where records have been merged, the rules say by which of them the row is told.
    """
    owners, unproven = found.owners, found.unproven
    pairs = names.pairs
    if not pairs or names.refusals or names.former or names.claims:
        return 0
    owner = owners.get(pairs[0])
    for pair in pairs:
        if owners.get(pair) != owner or pair in unproven:
            return 0
    return 0 if owner in found.redirects else owner


def _is_fresh(names: Named, doubled: set[Pair]) -> bool:
    """Tell whether a new customer gets all the identifiers of the row: one of each type, told once."""
    kinds = set()
    for pair in names.pairs:
        kind = pair[0]
        if pair in doubled or kind in kinds or kind == "customer":
            return False
        kinds.add(kind)
    return True


def _is_known(pairs: Sequence[Pair]) -> bool:
    return any(kind not in ANONYMOUS for kind, _ in pairs)


def _picked(
    told: Mapping[str, Any], traits: Mapping[str, Any], pairs: Sequence[Pair]
) -> tuple[str, ...]:
    """Return name, email, phone, language, zone and search text of a customer who is new.

    As `take_traits`: an address told as a trait goes before the first one of the ledger, and one
    told to be none is none.
    """
    picked = pick(traits)
    addresses = {kind: value for kind, value in reversed(pairs) if kind in ADDRESSES}
    email = picked.email or ("" if _is_none(told, "email") else addresses.get("email", ""))
    phone = picked.phone or ("" if _is_none(told, "phone") else addresses.get("phone", ""))
    found_by = search_text(picked.name, email, phone)
    return picked.name, email, phone, picked.language, picked.zone, found_by


def _is_none(told: Mapping[str, Any], name: str) -> bool:
    return told.get(name, name) is None


def _is_news(person: NewPerson, record: Record, at: Micros) -> bool:
    """Tell whether any trait differs from what is known, and is not older than that."""
    known, times = record.traits, record.trait_times
    for name, value in person.traits.items():
        if known.get(name) != value and at >= times.get(name, at):
            return True
    return False


def _lines_of(
    person: NewPerson, customer: int, cause: str, now: Micros, *, record: int | None = None
) -> list[Line]:
    return [
        Line(
            customer=customer,
            purpose=c.purpose,
            channel=c.channel,
            state=c.state,
            at=c.at or now,
            source=c.source or cause,
            cause=cause,
            text_version=c.text_version,
            proof=c.proof,
            expires_at=c.expires_at,
            record=record,
        )
        for c in person.consents
    ]
