"""The thread that makes the calls: signed, tried again while there is time, one holder at a time.

A call may reach the other system twice (a crash after it, before its answer was kept): its id, which the
other system gets each time, is the same. An answer of 2xx is ok; one of 4xx is a refusal, but for those
that ask to come back later; everything else is tried again with growing pauses until the call's time
is over.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import msgspec
from django.db import connection as database
from django.db import transaction

from keskio.engine.times import MINUTE, SECOND
from keskio.events.api import append_events
from keskio.events.contracts import NewEvent
from keskio.jobs.api import Lease
from keskio.kernel.clock import Micros, now_micros
from keskio.kernel.errors import Trouble
from keskio.kernel.sql import fetch, run_many
from keskio.talk.calls.signing import signature_of
from keskio.talk.store import text_of

LEASE = "talk.calls"
AT_ONCE = 8
BATCH = 40
PATIENCE = 10.0  # seconds for one answer
LONGEST_ANSWER = 64 * 1024
FIRST_PAUSE, LONGEST_PAUSE = 5 * SECOND, 10 * MINUTE
LATER = frozenset({408, 425, 429})
IDLE_SECONDS = 0.5
DUE = """
    SELECT c.id, c.enrolment_id, c.visit, c.customer_id, c.body, c.until, c.attempts,
           n.url, n.secret, coalesce(n.is_open, %s)
    FROM calls_call c LEFT JOIN calls_connection n ON n.key = c.connection
    WHERE c.state = 'waiting' AND c.next_at <= %s ORDER BY c.next_at, c.id LIMIT %s
"""
SETTLE = """
    UPDATE calls_call SET state = %s, said = %s, attempts = %s, settled_at = %s
    WHERE id = %s AND state = 'waiting'
"""
AGAIN = "UPDATE calls_call SET next_at = %s, attempts = %s, said = %s WHERE id = %s"
log = logging.getLogger(__name__)


class Due(msgspec.Struct, frozen=True):
    """A call whose moment has come, with where it goes (url None: there is no such connection)."""

    id: int
    enrolment: int
    visit: int
    customer: int
    body: str
    until: Micros
    attempts: int
    url: str | None
    secret: str | None
    is_open: bool

    @property
    def number(self) -> str:
        """The id by which the other system knows the call."""
        return f"call_{self.enrolment}_{self.visit}"


class Answer(msgspec.Struct, frozen=True):
    """What came of trying: ok, refused, or "" to try again; in words, and what was answered."""

    state: str
    said: str
    value: Any = None


class Caller:
    """A background: makes the calls that are due."""

    name = "caller"

    def __init__(self, *, owner: str) -> None:
        self._owner = owner
        self._lease: Lease | None = None

    def run(self, stop: threading.Event) -> None:
        """Make calls until `stop` is set."""
        limits = httpx.Limits(max_connections=AT_ONCE)
        with (
            ThreadPoolExecutor(AT_ONCE, thread_name_prefix="caller") as pool,
            httpx.Client(timeout=PATIENCE, limits=limits, trust_env=False) as client,
        ):
            while not stop.is_set():
                made = self.turn(client, pool)
                stop.wait(0 if made else IDLE_SECONDS)
        if self._lease is not None:
            self._lease.release()
        database.close()

    def turn(self, client: httpx.Client, pool: ThreadPoolExecutor) -> int:
        """Make the calls that are due now; return how many were tried."""
        due = [Due(*row) for row in fetch(DUE, (False, now_micros(), BATCH))]
        if not due or not self._holds():
            return 0
        answers = list(pool.map(lambda call: answer_to(call, client), due))
        with transaction.atomic():
            if not self._holds():
                return 0
            note(due, answers, now_micros())
        return len(due)

    def _holds(self) -> bool:
        if self._lease is None:
            self._lease = Lease.hold(LEASE, self._owner)
            return self._lease is not None
        try:
            self._lease.renew()
        except Trouble:
            self._lease = None
            return False
        return True


def answer_to(call: Due, client: httpx.Client) -> Answer:
    """Call the other system once and return what came of it; touches no database.

    Once its time is over the dialogue has gone on without it: then it is not made any more.
    """
    if now_micros() >= call.until:
        return Answer("failed", "Its time was over before it could be made.")
    if call.url is None or call.secret is None:
        return Answer("refused", "There is no such connection.")
    if not call.is_open:
        return Answer("refused", "The connection is closed.")
    body = call.body.encode()
    seconds = now_micros() // SECOND
    try:
        headers = {
            "content-type": "application/json",
            "webhook-id": call.number,
            "webhook-timestamp": str(seconds),
            "webhook-signature": signature_of(call.secret, call.number, seconds, body),
        }
        with client.stream("POST", call.url, content=body, headers=headers) as response:
            return _read(response)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as fault:
        return Answer("", f"{type(fault).__name__}: {fault}"[:300])


def _read(response: httpx.Response) -> Answer:
    said = f"{response.status_code} {response.reason_phrase}"
    if response.is_success:
        return Answer("ok", said, _value_in(response))
    if response.is_client_error and response.status_code not in LATER:
        return Answer("refused", said)
    return Answer("", said)


def _value_in(response: httpx.Response) -> Any:
    """Return the JSON that was answered; None for anything else, or for more than is kept."""
    found = bytearray()
    for part in response.iter_bytes():
        found += part
        if len(found) > LONGEST_ANSWER:
            return None
    try:
        return msgspec.json.decode(bytes(found)) if found else None
    except msgspec.DecodeError:
        return None


def note(due: Sequence[Due], answers: Sequence[Answer], now: Micros) -> None:
    """Keep what came of calls, and tell the log of those that are settled, in the caller's transaction."""
    settled, again, events = [], [], []
    for call, answer in zip(due, answers, strict=True):
        tried = call.attempts + 1
        following = now + min(LONGEST_PAUSE, FIRST_PAUSE << min(call.attempts, 10))
        state = answer.state or ("failed" if following >= call.until else "")
        if not state:
            again.append((following, tried, answer.said, call.id))
            continue
        settled.append((state, answer.said, tried, now, call.id))
        told = {
            "enrolment": call.enrolment,
            "visit": call.visit,
            "reason": answer.said,
            "value": answer.value,
        }
        events.append(NewEvent(call.customer, f"call.{state}", now, text_of({"properties": told})))
    run_many(AGAIN, again)
    run_many(SETTLE, settled)
    append_events(events)
