"""A town to play cases in: the real doors over HTTP, real phones and mailboxes, and a clock of its own.

Everything is the product's: the tracking door and the inbound address served by uvicorn, intake,
runner, senders with their transports, the task follower and its page. Outside stands the simulator,
a real gateway and mail server on loopback, whose phones say only what a test lets them say. Only time
is virtual: nothing happens between two moments but what falls due.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import httpx
from django.contrib.auth.models import User
from django.db import connections
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from keskio.channels import api as channels_api
from keskio.channels.email.receiver import Receivers
from keskio.channels.queries import active_accounts
from keskio.channels.simulator.accounts import use_simulator
from keskio.channels.simulator.behaviour import Script
from keskio.channels.simulator.pages import Receiver
from keskio.channels.simulator.server import Simulation, Simulator
from keskio.channels.simulator.store import Letter, Store
from keskio.config import wiring
from keskio.config.asgi import OuterRouter
from keskio.jobs.api import Pruner
from keskio.jobs.contracts import Job
from keskio.kernel.clock import VirtualClock, to_micros
from keskio.kernel.sql import fetch
from keskio.know.api import customer_by, give_consent
from keskio.respond.models import Task
from keskio.talk import api as talk_api
from keskio.talk.sender import Sender
from keskio.tracking.api import add_key, add_source
from keskio.web.api import create_user
from tests.channels.asgi_server import serving
from tests.channels.kannel_server import free_ports

HELSINKI = ZoneInfo("Europe/Helsinki")
SILENT = Script(unreachable=0.0, report_after=(0.0, 0.0))
PATIENCE = 120.0  # seconds of real time for something on loopback to arrive


class Town:
    """One company and its customers."""

    def __init__(self, clock: VirtualClock, folder: Path) -> None:
        self.clock = clock
        self.phones: dict[str, str] = {}
        self.ports = free_ports(3)
        self.file = folder / "simulator.sqlite3"
        self.simulator = f"http://127.0.0.1:{self.ports[0]}"
        self.url = ""
        self.jobs: list[Job] = []
        self.senders = [Sender(channel, owner="town") for channel in talk_api.CHANNELS]
        self.browser = Client()
        self.key = ""

    @contextmanager
    def open(self, settings: Settings) -> Iterator[Town]:
        """Serve the doors and run the simulator and the mail receiver."""
        spool = wiring.open_installation_spool()
        with ExitStack() as stack:
            stack.callback(spool.stop)
            doors = OuterRouter(wiring.doors(spool), _no_page)
            self.url = stack.enter_context(serving(doors))
            settings.PUBLIC_URL = self.url
            phones, mail_port, receiver = self.ports
            use_simulator(port=phones, mail_port=mail_port, receiver_port=receiver)
            simulation = Simulation(
                file=self.file,
                port=phones,
                mail_port=mail_port,
                script=SILENT,
                receiver=Receiver(port=receiver),
            )
            simulator = Simulator(simulation)
            stack.enter_context(_running(simulator.run))
            receivers = Receivers(spool, lambda: active_accounts("email"), pause=0.1)
            stack.enter_context(_running(receivers.run))
            assert simulator.ready.wait(PATIENCE)
            assert receivers.listens.wait(PATIENCE)
            self._employ()
            yield self

    def _employ(self) -> None:
        intake, *others = wiring.jobs()
        self.jobs = [intake, *others]
        _, self.key = add_key(add_source("Web shop"))
        create_user("webcare", password="correct-horse-85", role="editor")
        self.browser.force_login(User.objects.get(username="webcare"))

    # customers

    def customer(self, name: str, *, consents: str = "sms email", **traits: Any) -> None:
        """Let the web shop tell of an earlier customer, who may have given consents."""
        self.phones[name] = f"+3584012300{len(self.phones) + 1:02}"
        known = {"first_name": name.capitalize(), "earlier_customer": True, "language": "fi"}
        known |= {"phone": self.phones[name], "email": f"{name}@example.com"} | traits
        self.post("identify", {"userId": name, "traits": known})
        self.work()
        for channel in consents.split():
            number = self.number(name)
            give_consent(
                number,
                purpose="marketing",
                channel=channel,
                text_version="1",
                source="shop",
                proof="till",
            )

    def number(self, name: str) -> int:
        """Return the customer's number."""
        found = customer_by("user_id", name)
        assert found is not None
        return found

    def post(self, call: str, body: dict[str, Any]) -> None:
        """Make a tracking call as the web shop's server."""
        answer = httpx.post(
            f"{self.url}/v1/{call}", json=body, auth=(self.key, ""), timeout=PATIENCE
        )
        assert answer.status_code == 200, answer.text

    def answer(self, name: str, text: str) -> None:
        """Write on the customer's phone, and let it arrive."""
        number = quote(self.phones[name])
        before = self.spooled()
        sent = httpx.post(f"{self.simulator}/phones/{number}/answer", data={"text": text})
        assert sent.status_code < 400, sent.text
        wait_until(lambda: self.spooled() > before)
        self.settle()

    def answer_by_mail(self, name: str, text: str) -> None:
        """Answer the customer's newest letter, and let it arrive."""
        newest = self.letters_to(name)[-1]
        before = self.spooled()
        sent = httpx.post(
            f"{self.simulator}/letters/{newest.id}/answer", data={"text": text}, timeout=PATIENCE
        )
        assert sent.status_code < 400, sent.text
        wait_until(lambda: self.spooled() > before)
        self.settle()

    def texts_on(self, name: str) -> list[str]:
        """Return what the customer's phone has received, oldest first."""
        store = Store(self.file)
        try:
            messages = store.messages_of(self.phones[name])
            return [m.text for m in messages if m.way == "to"]
        finally:
            store.close()

    def letters_to(self, name: str) -> list[Letter]:
        """Return the customer's letters, oldest first."""
        store = Store(self.file)
        try:
            found = [store.letter(letter.id) for letter in store.letters(f"{name}@example.com")]
            return sorted((one for one in found if one), key=lambda letter: letter.id)
        finally:
            store.close()

    # staff

    def tasks(self, *, state: str = "open") -> list[Task]:
        """Return the tasks in a state, by due time."""
        return list(Task.objects.filter(state=state).order_by("due_at"))

    def do_task(self, task: Task, answer: str = "done") -> None:
        """Answer a task on its page."""
        url = reverse("respond:answer", args=[task.pk])
        response = self.browser.post(url, {"answer": answer, "note": "Sovittu tiistaiksi"})
        assert response.status_code in (200, 204, 302), response.content[:500]
        self.settle()

    # time

    def turn_to(self, at: datetime) -> None:
        """Let time go by until `at`; what falls due happens at its own time."""
        end = to_micros(at)
        self.settle()
        while True:
            moments = [row[0] for sql in FALLS_DUE for row in fetch(sql, (end,)) if row[0]]
            if not moments:
                break
            self.clock.turn_to(max(self.clock.micros(), min(moments)))
            self.settle()
        self.clock.turn_to(max(self.clock.micros(), end))
        self.settle()

    def settle(self) -> None:
        """Work until the town rests: nothing spooled, claimed, or on its way."""
        deadline = time.monotonic() + 3 * PATIENCE
        while time.monotonic() < deadline:
            self.work()
            sent = sum(self._send(sender) for sender in self.senders)
            self.clock.advance(timedelta(microseconds=1))
            if not sent and not self._errands() and not self.work():
                return
        raise AssertionError("the town does not come to rest")

    def work(self) -> bool:
        """Give the jobs their turns until none has more; return whether any had."""
        worked = False
        while self._round():
            worked = True
        return worked

    def _round(self) -> bool:
        more = False
        for job in self.jobs:
            took = job.turn(self.clock.micros())
            # What is too old goes in a thousand slices, which wake nobody else.
            more = (took and not isinstance(job, Pruner)) or more
        return more

    def spooled(self) -> int:
        """Return how many rows have been spooled since the beginning."""
        return int(fetch("SELECT coalesce(max(id), 0) FROM events_spooled", using=_spool())[0][0])

    def _send(self, sender: Sender) -> int:
        transport = channels_api.transport_for(sender.channel)
        if transport is None:
            return 0  # the town has no account there
        ready = sender.prepare(self.clock.micros(), 100)
        if ready:
            sender.hand_over(ready, transport, self.clock.micros())
        return len(ready)

    def _errands(self) -> bool:
        """Wait until the simulator has told what it has to tell; return whether there was anything."""
        store = Store(self.file)
        try:
            now = self.clock.micros() / 1e6
            if not store.due_errands(now, 1):
                return False
            wait_until(lambda: not store.due_errands(now, 1))
        finally:
            store.close()
        return True


FALLS_DUE = (
    "SELECT min(due_at) FROM talk_enrolment WHERE due_at <= %s",
    "SELECT min(launches_at) FROM talk_version WHERE launched_at IS NULL AND launches_at <= %s",
)


def _spool() -> str:
    from django.conf import settings

    return str(settings.SPOOL_ALIAS)


def local(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    """Return a time of day in Helsinki."""
    return datetime(year, month, day, hour, minute, tzinfo=HELSINKI)


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait in real time until something on loopback has arrived."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "it did not arrive"
        time.sleep(0.01)


@contextmanager
def _running(run: Callable[[threading.Event], None]) -> Iterator[None]:
    stop = threading.Event()

    def run_and_let_go() -> None:
        try:
            run(stop)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run_and_let_go)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(PATIENCE)
    assert not thread.is_alive()


async def _no_page(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b""})
