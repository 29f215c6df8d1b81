"""A small company for tests of talk: its people, its clock, its runner, and an outbox for a provider.

Events are appended as the intake would append them, with the real `know` taking them in.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.db import transaction

from keskio.channels.api import keyword_of
from keskio.channels.contracts import Outgoing, Result
from keskio.events.api import append_events
from keskio.events.contracts import Envelope, NewEvent, Placed
from keskio.kernel.clock import VirtualClock
from keskio.kernel.sql import fetch
from keskio.know.api import find_or_create, import_people
from keskio.know.contracts import ConsentRow, NewPerson
from keskio.know.handlers import absorb
from keskio.talk.launching import Launcher
from keskio.talk.receipts import Receipts
from keskio.talk.runner import Runner
from keskio.talk.sender import Sender

CONSENTS = (ConsentRow("marketing", "sms"), ConsentRow("marketing", "email"))


class Outbox:
    """A provider that takes everything and keeps it; `results` answer instead where there are some."""

    def __init__(self) -> None:
        self.sent: list[Outgoing] = []
        self.results: list[Result | Exception] = []

    def send(self, batch: Sequence[Outgoing]) -> list[Result]:
        answers = []
        for outgoing in batch:
            answer = (
                self.results.pop(0) if self.results else Result("accepted", str(outgoing.message))
            )
            if isinstance(answer, Exception):
                raise answer
            if answer.state == "accepted":
                self.sent.append(outgoing)
            answers.append(answer)
        return answers

    def close(self) -> None:
        pass


class World:
    """The company. Every move is explicit: nothing happens until `settle` or `run`."""

    def __init__(self, clock: VirtualClock, *, owner: str = "runner-1", batch: int = 1000) -> None:
        self.clock = clock
        self.runner = Runner(owner=owner, batch=batch)
        self.launcher = Launcher()
        self.receipts = Receipts()
        self.senders = {channel: Sender(channel, owner=owner) for channel in ("sms", "email")}
        self.outbox = Outbox()
        self.people: dict[str, int] = {}

    def person(
        self,
        name: str,
        *,
        consents: Sequence[ConsentRow] = CONSENTS,
        phone: str | None = "",
        email: str | None = "",
        **traits: Any,
    ) -> int:
        """Make a customer with a phone and an e-mail address, who allows marketing."""
        number = len(self.people) + 1
        told = {
            "first_name": name.capitalize(),
            "earlier_customer": True,
            "language": "fi",
            **traits,
        }
        if phone is not None:
            told["phone"] = phone or f"+3584012300{number:02}"
        if email is not None:
            told["email"] = email or f"{name}@example.com"
        identifiers = (("user_id", name),)
        import_people([NewPerson(identifiers, told, tuple(consents))])
        self.people[name] = find_or_create(identifiers)
        return self.people[name]

    def tell(self, name: str, event: str, *, at: datetime | None = None, **properties: Any) -> None:
        """Append an event of a customer, as the intake would."""
        now = self.clock.micros()
        when = now if at is None else int(at.timestamp() * 1_000_000)
        body = msgspec.json.encode({"properties": properties}).decode()
        customer = self.people[name]
        envelope = Envelope(event, when, now, 1, "", (), body, None, True)
        with transaction.atomic():
            follow = absorb([envelope], Placed([customer], [customer]))
            append_events([NewEvent(customer, event, when, body), *follow])

    def reply(self, name: str, text: str, *, channel: str = "sms", reference: str = "") -> None:
        """Let a customer write to us."""
        keyword = keyword_of(text)
        said: dict[str, Any] = {
            "channel": channel,
            "text": text,
            "keyword": keyword,
            "reference": reference,
        }
        self.tell(name, "message.received", **said)

    def run(self) -> None:
        """Let the runner work until there is nothing left at this moment."""
        for _ in range(1000):
            now = self.clock.micros()
            again = self.launcher.turn(now)
            again |= self.receipts.turn(now)
            again |= self.runner.turn(now)
            if not again:
                return
        raise AssertionError("the runner does not come to rest")

    def send(self) -> int:
        """Let the senders hand over what is claimed; return how many messages left."""
        return sum(self.send_in(channel) for channel in self.senders)

    def send_in(self, channel: str) -> int:
        """Let one channel hand over what is claimed, as if the others were down."""
        ready = self.senders[channel].prepare(self.clock.micros(), 100)
        if ready:
            self.senders[channel].hand_over(ready, self.outbox, self.clock.micros())
        return len(ready)

    def settle(self) -> None:
        """Run and send until everything rests."""
        self.run()
        while self.send():
            self.run()
        self.run()  # what was taken back instead of sent

    def wait(self, **span: float) -> None:
        """Let time go by, in the steps in which timers fall due, and settle at each."""
        end = self.clock.micros() + timedelta(**span) // timedelta(microseconds=1)
        self.settle()
        while True:
            sql = "SELECT min(due_at) FROM talk_enrolment WHERE due_at <= %s"
            due = fetch(sql, (end,))[0][0]
            launch = fetch(
                "SELECT min(launches_at) FROM talk_version WHERE launched_at IS NULL"
                " AND launches_at <= %s",
                (end,),
            )[0][0]
            moments = [at for at in (due, launch) if at is not None]
            if not moments:
                break
            self.clock.turn_to(max(self.clock.micros(), min(moments)))
            self.settle()
        self.clock.turn_to(end)
        self.settle()

    def texts_to(self, name: str) -> list[tuple[str, str]]:
        """Return (step, text) of all messages that left to a customer, in order."""
        rows = fetch(
            "SELECT step, content FROM talk_message WHERE customer_id = %s"
            " AND state IN ('sent', 'delivered') ORDER BY id",
            (self.people[name],),
        )
        return [(step, msgspec.json.decode(content)["text"]) for step, content in rows]

    def steps_to(self, name: str) -> list[str]:
        """Return the steps of all messages that left to a customer, in order."""
        return [step for step, _ in self.texts_to(name)]

    def reasons_of(self, name: str) -> list[tuple[str, str]]:
        """Return (verdict, reason) of the decisions about a customer, in order."""
        sql = "SELECT verdict, reason FROM talk_decision WHERE customer_id = %s ORDER BY id"
        return [(row[0], row[1]) for row in fetch(sql, (self.people[name],))]

    def ends_of(self, name: str) -> list[tuple[int, str]]:
        """Return (status, outcome) of a customer's enrolments, in order of entering."""
        sql = "SELECT status, outcome FROM talk_enrolment WHERE customer_id = %s ORDER BY id"
        return [(row[0], row[1]) for row in fetch(sql, (self.people[name],))]

    def events_of(self, name: str, prefix: str) -> list[dict[str, Any]]:
        """Return the properties of a customer's events whose names begin with `prefix`."""
        sql = "SELECT body FROM events_event WHERE customer_id = %s AND name LIKE %s ORDER BY id"
        rows = fetch(sql, (self.people[name], prefix + "%"))
        return [msgspec.json.decode(row[0])["properties"] for row in rows]


def books() -> dict[int, tuple[int, int]]:
    """Return (entered + moved in, waiting + ended + exited + in error + moved out) by version.

    The two are counted apart.
    """
    rows = fetch(
        "SELECT v.id,"
        " (SELECT coalesce(sum(t.count), 0) FROM talk_tally t WHERE t.version_id = v.id"
        "    AND t.step = '' AND t.outcome IN ('entered', 'moved_in')),"
        " (SELECT count(*) FROM talk_enrolment e WHERE e.version_id = v.id AND e.status = 0)"
        " + (SELECT coalesce(sum(o.count), 0) FROM talk_tally o WHERE o.version_id = v.id"
        "    AND o.step = '' AND (o.outcome LIKE 'ended:%%' OR o.outcome LIKE 'exited:%%'"
        "    OR o.outcome LIKE 'error:%%' OR o.outcome = 'moved_out'))"
        " FROM talk_version v"
    )
    return {row[0]: (int(row[1]), int(row[2])) for row in rows if row[1] or row[2]}
