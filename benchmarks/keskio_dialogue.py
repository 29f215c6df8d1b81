"""Keskiö's own side of `bench runner`: the product's tables, importer, programs and runner.

Consent, caps, quiet hours, ledger, tallies and events of its own are on. The runner's connection is
set to synchronous=FULL, as the peers' are (the product's own default is NORMAL for what can be done
again from the spool), and checkpoints are made by the product's checkpointer, which is counted.
What clients send is appended to the log a thousand a transaction, measured by a clock of its own.
The reports that senders write (`message.sent`, one a message) are written without a clock; taking
them is counted as work of the steps, but not as transitions.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar

import msgspec
from django.conf import settings
from django.db import connection, transaction

import benchmarks.installation  # noqa: F401 - before what needs tables
from benchmarks.flow import Count, replies, shuffled
from benchmarks.stopwatch import Stopwatch
from keskio.cli.installation import bring_up_to_date
from keskio.config.wiring import sqlite_files
from keskio.events.api import append_events, last_position, move_cursor
from keskio.events.contracts import NewEvent
from keskio.jobs.api import Checkpointer, leave_checkpoints_to_the_worker
from keskio.kernel.clock import VirtualClock, now_micros, set_clock
from keskio.kernel.sql import fetch
from keskio.know.api import all_customer_ids, import_people
from keskio.know.contracts import ConsentRow, NewPerson
from keskio.talk.api import publish
from keskio.talk.calendars import calendar_for
from keskio.talk.ledger import Outcome, messages_by_id, settle
from keskio.talk.runner import BATCH, CURSOR, Runner

CHUNK = 1_000
UNSENT = "SELECT id FROM talk_message WHERE state = 'claimed' ORDER BY id LIMIT %s"
MINUTE = 60_000_000  # microseconds: what happens in a stage happens within this time
_encode = msgspec.json.Encoder().encode
# Noon in Helsinki on a working day: quiet hours let everything pass after having been looked at.
NOON = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
TRIGGER = "Service Due"
ASKING = "invite"  # of a question nothing but its answer is awaited
DEFINITION = """
keskio: dialogue/1
key: bench
title: {fi: Huoltokutsu}
purpose: marketing
languages: [fi]
trigger: {event: Service Due}
steps:
  invite:
    kind: ask
    title: {fi: Kutsu}
    channel: sms
    text:
      fi: >-
        Hei{% if customer.first_name %} {{ customer.first_name }}{% endif %}! Vastaa A, jos haluat huollon,
        tai B, jos haluat alennuskoodin. Ei enää viestejä: LOPETA
    for: 14 days
    choices:
      A: {title: {fi: Huolto}}
      B: {title: {fi: Koodi}}
    outcomes: {A: thank, B: code, other: guide, none: silent}
  thank:
    kind: send
    title: {fi: Kiitos}
    channel: sms
    text: {fi: Kiitos! Soitamme sinulle seuraavana arkipäivänä.}
    outcomes: {sent: chose-a}
  code:
    kind: send
    title: {fi: Koodi}
    channel: sms
    text: {fi: "Tässä alennuskoodisi: SYYSTARJOUS."}
    outcomes: {sent: chose-b}
  guide:
    kind: send
    title: {fi: Ohje}
    channel: sms
    text: {fi: Kiitos viestistäsi! Palaamme asiaan.}
    outcomes: {sent: said-other}
  chose-a: {kind: end, outcome: A}
  chose-b: {kind: end, outcome: B}
  said-other: {kind: end, outcome: other}
  silent: {kind: end, outcome: none}
"""


class KeskioDialogue:
    """The product's runner over the product's log."""

    title = "**Keskiö**"
    batch: ClassVar[int] = BATCH

    def __init__(self, n: int, folder: Path) -> None:
        self.n = n
        self.noted: dict[str, float] = {}
        assert str(folder) == str(settings.DATA_DIR)

    def prepare(self) -> None:
        """Make the databases, import the customers with their consents, publish the dialogue."""
        bring_up_to_date()
        leave_checkpoints_to_the_worker()
        self.clock = VirtualClock(NOON)
        set_clock(self.clock)
        self.publish()
        self._import()
        self.runner = Runner(owner="bench", batch=self.batch)
        calendar_for("FI")  # loads its tables of holidays once

    def publish(self) -> None:
        """Publish the dialogue."""
        publish(DEFINITION)

    def _import(self) -> None:
        import_people(
            NewPerson(
                (("user_id", f"c{i}"),),
                {"first_name": f"Asiakas {i}", "phone": f"+35840{1_000_000 + i}", "language": "fi"},
                (ConsentRow("marketing", "sms"),),
            )
            for i in range(self.n)
        )
        self.customers = all_customer_ids(limit=self.n)
        assert len(self.customers) == self.n
        move_cursor(CURSOR, last_position())

    def run(self, watch: Stopwatch, arriving: Stopwatch) -> None:
        """Let everybody in, tell of the sending, let everybody answer, tell of the sending."""
        with checkpoints():
            with arriving:
                self._append((customer, TRIGGER, {}) for customer in self._in_order(1))
            self._drain(watch)
            self.noted["bytes"] = bytes_of_enrolments() / self.n
            self._send()
            texts = dict(zip(self.customers, replies(self.n), strict=True))
            with arriving:
                self._append(
                    (
                        customer,
                        "message.received",
                        {"channel": "sms", "from": "", "text": texts[customer], "keyword": ""},
                    )
                    for customer in self._in_order(2)
                )
            self._drain(watch)
            self._send()
            self._drain(watch)

    def _in_order(self, turn: int) -> list[int]:
        return [self.customers[number - 1] for number in shuffled(self.n, turn)]

    def _drain(self, watch: Stopwatch) -> None:
        self.clock.advance(timedelta(minutes=1))
        _durable()
        with watch:
            while self.runner.turn(now_micros()):
                pass

    def _send(self) -> None:
        """Do what senders do when a provider has accepted everything."""
        while waiting := _column(fetch(UNSENT, (CHUNK,))):
            messages = [message for message, _ in messages_by_id(waiting).values()]
            with transaction.atomic():
                outcomes = [Outcome(m, "sent", is_awaited=m.step != ASKING) for m in messages]
                append_events(settle(outcomes, now_micros()))

    def _append(self, happenings: Iterator[tuple[int, str, dict[str, object]]]) -> None:
        """Append what happens one after another during the next minute."""
        told, begun = list(happenings), now_micros()
        events = [
            NewEvent(customer, name, begun + i * MINUTE // len(told), _body(properties))
            for i, (customer, name, properties) in enumerate(told)
        ]
        for start in range(0, len(events), CHUNK):
            with transaction.atomic():
                append_events(events[start : start + CHUNK])

    def count(self) -> Count:
        """Count the ledger; refuse books that do not balance, duplicates, and messages held or dropped."""
        tally = {
            (step, outcome): count
            for step, outcome, count in fetch("SELECT step, outcome, count FROM talk_tally")
        }
        entered = tally["", "entered"]
        ended = {
            outcome.partition(":")[2]: count
            for (step, outcome), count in tally.items()
            if not step and outcome.startswith("ended:")
        }
        states = dict(fetch("SELECT status, count(*) FROM talk_enrolment GROUP BY status"))
        assert states == {1: entered}, f"{entered} entered, but enrolments stand at {states}"
        assert sum(ended.values()) == entered, f"{entered} entered, but {ended}"
        each = Counter(_column(fetch("SELECT count(*) FROM talk_message GROUP BY customer_id")))
        assert each == {2: self.n}, f"messages a customer: {dict(each)}"
        (sends,) = fetch("SELECT count(*) FROM talk_message")[0]
        return Count(sends, entered + sum(ended.values()), ended)


def _body(properties: dict[str, object]) -> str:
    return _encode({"properties": properties}).decode()


def _column(rows: Sequence[tuple[int, ...]]) -> list[int]:
    return [row[0] for row in rows]


def _durable() -> None:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous=FULL")


def bytes_of_enrolments() -> float:
    """Return what the table of enrolments takes on disk with its indexes: while all wait."""
    if connection.vendor == "postgresql":
        return float(fetch("SELECT pg_total_relation_size('talk_enrolment')")[0][0])
    sql = (
        "SELECT sum(pgsize) FROM dbstat WHERE name IN"
        " (SELECT name FROM sqlite_schema WHERE tbl_name = 'talk_enrolment')"
    )
    return float(fetch(sql)[0][0])


@contextmanager
def checkpoints() -> Iterator[None]:
    """Checkpoint SQLite's logs in a thread of its own meanwhile, as the worker does."""
    stop = threading.Event()
    thread = threading.Thread(target=Checkpointer(sqlite_files()).run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


CONTESTANT = KeskioDialogue
