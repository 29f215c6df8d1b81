"""The company of `killing`: its dialogue, its people, what they do, and its books at the end."""

from __future__ import annotations

import time
from collections import Counter
from random import Random
from typing import Any

import msgspec
from django.core.management import call_command
from django.db import connections, transaction

from keskio.channels.actions import add_account
from keskio.channels.api import keyword_of, read_reference
from keskio.engine.pressure import Rules
from keskio.events.api import append_events
from keskio.events.contracts import Envelope, NewEvent, Placed
from keskio.jobs.api import run_worker
from keskio.kernel.clock import now_micros
from keskio.kernel.sql import fetch, run
from keskio.know.api import find_or_create, import_people
from keskio.know.contracts import ConsentRow, NewPerson
from keskio.know.handlers import absorb
from keskio.talk.api import add_offer, jobs, publish, publish_playbook, set_rules
from keskio.talk.calendars import calendar_for
from keskio.talk.runner import WORK
from keskio.talk.sending import SendingThread
from tests.talk.killing import DIALOGUE, PEOPLE, SAID, never
from tests.talk.world import books

UNREAD = """
    SELECT count(*) FROM events_event e JOIN jobs_partition p
    ON p.work = %s AND p.number = (e.customer_id & 63) WHERE e.id > p.position
"""
STUCK = """
    SELECT count(*) FROM talk_enrolment e WHERE status = 0 AND due_at IS NULL AND NOT EXISTS (
        SELECT 1 FROM talk_message m WHERE m.enrolment_id = e.id AND m.state = 'unknown')
"""


class Company:
    """Made once, before anybody works in it; then it only tells the log and reads the tables."""

    def __init__(self, gateway: str, dice: Random) -> None:
        self.dice = dice
        self.asked = 0
        for alias in connections:
            call_command("migrate", database=alias, verbosity=0)
        publish_playbook("stop-confirmation")
        publish(DIALOGUE)
        set_rules(Rules(), by="test")
        add_offer("codes", title={"fi": "Koodit"}, stock=25, per_customer=100)
        add_account(
            provider="http",
            name="gateway",
            settings={"url": gateway, "sender": "Ketju", "inbound_url": "http://x/"},
        )
        calendar_for(
            "FI"
        )  # what takes a second to read is read once, before workers are forked off
        self.people = [self._person(number) for number in range(PEOPLE)]
        connections.close_all()

    def work(self, owner: str) -> None:
        """Do a worker's work until the process is killed."""
        sender = SendingThread("sms", owner=owner)
        run_worker(jobs(owner=owner, horizon=now_micros), [sender], never())

    def live(self) -> None:
        """Let customers do this and that."""
        for customer in self.dice.sample(self.people, 15):
            what = self.dice.random()
            if what < 0.5:
                self.asked += 1
                self._tell(customer, "Asked")
            elif what < 0.55:
                self._tell(customer, "Over")
            elif what < 0.9:
                text = self.dice.choice(SAID)
                keyword = keyword_of(text)
                self._tell(customer, "message.received", channel="sms", text=text, keyword=keyword)
            else:
                self._finish_tasks(customer)
        connections.close_all()

    def bury(self, owner: str) -> None:
        """Let the term of a dead worker's leases be over."""
        run("UPDATE jobs_lease SET until = 0 WHERE owner = %s", (owner,))
        run("UPDATE jobs_partition SET until = 0 WHERE holder LIKE %s", (f"{owner}#%",))
        connections.close_all()

    def rest(self, longest: float) -> bool:
        """Wait until nothing is left to do; tell whether that came."""
        end = time.monotonic() + longest
        while time.monotonic() < end:
            connections.close_all()
            pending = fetch(
                "SELECT count(*) FROM talk_message WHERE state IN ('claimed', 'handing')"
            )
            due = fetch("SELECT count(*) FROM talk_enrolment WHERE due_at IS NOT NULL")
            if pending == due == fetch(UNREAD, (WORK,)) == [(0,)]:
                return True
            time.sleep(0.2)
        return False

    def books(self, received: Counter[str]) -> dict[str, Any]:
        """Return what the ledger says beside what the gateway has received."""
        states: dict[int, str] = dict(fetch("SELECT id, state FROM talk_message"))
        handed: Counter[int] = Counter()
        for reference, times in received.items():
            found = read_reference(reference)
            assert found is not None, reference
            handed[found.message] += times
        refused = (
            "SELECT count(*) FROM talk_decision r JOIN talk_version v ON v.id = r.version_id"
            " JOIN talk_dialogue d ON d.id = v.dialogue_id"
            " WHERE r.verdict = 'refused' AND d.key = 'question'"
        )
        return {
            "asked": self.asked,
            "taken": fetch(
                "SELECT count(*) FROM talk_enrolment e JOIN talk_dialogue d"
                " ON d.id = e.dialogue_id WHERE d.key = 'question'"
            )[0][0]
            + fetch(refused)[0][0],
            "messages": len(states),
            "received": sum(handed.values()),
            "doubled": sorted(message for message, times in handed.items() if times > 1),
            "lost": sorted(
                message
                for message, state in states.items()
                if state in ("sent", "delivered") and message not in handed
            ),
            "denied": sorted(
                message
                for message in handed
                if states.get(message) not in ("sent", "delivered", "unknown")
            ),
            "unknown": sum(state == "unknown" for state in states.values()),
            "left over": sum(state in ("claimed", "handing") for state in states.values()),
            "stuck": fetch(STUCK)[0][0],
            "in error": fetch("SELECT count(*) FROM talk_enrolment WHERE status = 3")[0][0],
            "balanced": all(entered == found for entered, found in books().values()),
        }

    def _person(self, number: int) -> int:
        identifiers = (("user_id", f"person-{number}"),)
        told = {"phone": f"+35840123{number:04}", "language": "fi"}
        consents = (ConsentRow("marketing", "sms"),)
        import_people([NewPerson(identifiers, told, consents)])
        return find_or_create(identifiers)

    def _tell(self, customer: int, event: str, **properties: Any) -> None:
        """Append an event of a customer, as the intake would."""
        at = now_micros()
        body = msgspec.json.encode({"properties": properties}).decode()
        envelope = Envelope(event, at, at, 1, "", (), body, None, True)
        with transaction.atomic():
            follow = absorb([envelope], Placed([customer], [customer]))
            append_events([NewEvent(customer, event, at, body), *follow])

    def _finish_tasks(self, customer: int) -> None:
        sql = "SELECT body FROM events_event WHERE customer_id = %s AND name = 'task.given'"
        for (body,) in fetch(sql, (customer,))[-1:]:
            task = msgspec.json.decode(body)["properties"]
            self._tell(customer, "task.done", enrolment=task["enrolment"], visit=task["visit"])
