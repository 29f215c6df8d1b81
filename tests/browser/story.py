"""A company with a history, told in virtual time and always the same: what the pages are looked at with.

`python -m tests.browser.story FOLDER [CUSTOMERS]` tells it into an installation in FOLDER. The jobs are
those of the worker, the sender is the real one; only the gateway is a stand-in that answers at once.
"""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

HOURS = 6
PACE = timedelta(minutes=5)
ADMIN = ("aino", "kuutamo-järvellä-88")
READER = ("eero", "saunailta-juhannuksena-9")
FIRST_NAMES = (  # noqa: SIM905 - names read better in a row
    "Aino Eero Siiri Ville Kaarina Onni Helmi Väinö Lempi Toivo Aada Leo Ilona Oskari Sofia "
    "Elias Anna-Liisa Juhani Kerttu Mikael Päivi Tapio Riitta Antti"
).split()
LAST_NAMES = (  # noqa: SIM905 - the same
    "Virtanen Korhonen Mäkinen Nieminen Mäkelä Hämäläinen Laine Heikkinen Koskinen Järvinen "
    "Lehtonen Saarinen Salminen Heinonen Niemi Östman Wikström-Kauppinen Räsänen Åkerlund"
).split()
# What a thousand people answer to the offer: letters, other words, a stop, or nothing.
ANSWERS = (
    "A",
    "A",
    "A",
    "a.",
    " b ",
    "B",
    "B",
    "Ahaa kiitos",
    "Paljonko maksaa?",
    "STOP",
    "",
    "",
    "",
    "",
)
# Which messages, counted from the first, the gateway loses track of.
IN_DOUBT = (17, 90, 400, 900)
MAIL: dict[str, Any] = {"channel": "email", "network": "", "address": "aino@example.com"}
LETTERS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("Pyörän huolto myöhästyi taas, eikä kukaan vastaa!", {"kind": "complaint", "severity": 2}),
    ("Pyöräni huolto on myöhässä. Milloin se on valmis?", {**MAIL, "is_answered": True}),
    ("Keyboard story: when is my bicycle ready?", {**MAIL, "language": "en", "name": "First"}),
    ("Keyboard story: the lamp does not work.", {**MAIL, "language": "en", "name": "Second"}),
    ("Keyboard story: thank you for the tour!", {**MAIL, "language": "en", "name": "Third"}),
)
BODIES = (
    '{"batch":[{"type":"track","event":"Product Viewed","userId":"K%(n)d",'
    '"properties":{"product":"talvirengas 28\\"","price":42.5}},'
    '{"type":"page","name":"Talvipyörät","anonymousId":"w%(n)d"}]}',
    '{"batch":[{"type":"track","event":"Order Completed","userId":"K%(n)d",'
    '"properties":{"order_id":"T-%(n)d","revenue":129.0,"currency":"EUR"}}]}',
    '{"batch":[{"type":"track","event":"message.sent","userId":"K%(n)d"},'
    '{"type":"track","userId":"K%(n)d"},{"type":"page","anonymousId":"w%(n)d"}]}',
)


def settings_for(folder: Path) -> None:
    """Make the installation in `folder` the one of this process."""
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["KESKIO_DATA"] = str(folder)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keskio.config.settings")
    import django

    django.setup()


def prepare(folder: Path) -> None:
    """Make an installation in `folder`: settings, databases, users."""
    settings_for(folder)
    from django.conf import settings
    from django.core.management import call_command

    for alias in settings.DATABASES:
        call_command("migrate", database=alias, verbosity=0)
    from keskio.web.api import create_user
    from keskio.web.roles import ADMIN as ADMIN_ROLE
    from keskio.web.roles import READER as READER_ROLE

    admin = create_user(ADMIN[0], password=ADMIN[1], role=ADMIN_ROLE, email="aino@ketju.example")
    admin.first_name, admin.last_name = "Aino", "Virtanen"
    admin.save()
    create_user(READER[0], password=READER[1], role=READER_ROLE)


class Gateway:
    """The stand-in for a provider: takes messages, loses track of a few, and remembers them all."""

    def __init__(self) -> None:
        self._count = 0
        self.taken: list[Any] = []

    def send(self, batch: Sequence[Any]) -> list[Any]:
        """Take the batch: most are accepted, a few refused, a few in doubt."""
        from keskio.channels.contracts import Result

        results = []
        for outgoing in batch:
            self._count += 1
            if self._count in IN_DOUBT:
                results.append(Result("unknown", sentence="connection lost"))
            elif self._count % 130 == 29:
                results.append(Result("refused", sentence="unknown subscriber", permanent=True))
            else:
                self.taken.append(outgoing)
                results.append(Result("accepted", provider_id=f"g{outgoing.message}"))
        return results

    def close(self) -> None:
        """Nothing is open."""


class Story:
    """Six hours of the bicycle shop, in steps of five minutes, ending now."""

    def __init__(self, *, customers: int, until: datetime) -> None:
        from keskio.config import wiring
        from keskio.kernel.clock import VirtualClock, set_clock
        from keskio.talk.sender import Sender

        self.customers = customers
        self.dice = random.Random(29)
        self.start = until - timedelta(hours=HOURS)
        self.clock = VirtualClock(self.start)
        self._clock_before = set_clock(self.clock)
        self.jobs = wiring.jobs()
        self.gateway = Gateway()
        self.senders = [Sender(channel, owner="story") for channel in ("sms", "email")]
        self.answers: dict[int, list[tuple[Any, str]]] = {}

    def tell(self) -> None:
        """Tell all of it, and give the clock back."""
        from keskio.kernel.clock import set_clock

        self.open_shop()
        self.write_in()
        for step in range(HOURS * 12):
            self.turn()
            self.hand_over()
            self.receive(step)
            self.visit_shop(step)
            self.call_customers(step)
            self.turn()
            self.clock.advance(PACE)
        set_clock(self._clock_before)

    def open_shop(self) -> None:
        """Bring in the customers, the rules and the dialogues."""
        from keskio.channels.api import add_account
        from keskio.cli.demo_segments import seed_segments
        from keskio.engine.pressure import Cap, Rules
        from keskio.kernel.clock import now
        from keskio.know.api import import_people
        from keskio.talk.api import add_offer, publish_playbook, set_rules
        from keskio.talk.printing.models import PrintRun
        from keskio.tracking.api import add_key, add_source

        gateway = {"url": "http://127.0.0.1:13013/cgi-bin/sendsms", "username": "ketju"}
        add_account(
            provider="kannel",
            name="Kannel",
            settings=gateway,
            secrets={"password": "sala"},
            active=False,
        )
        self.source = add_source("Verkkokauppa")
        add_key(self.source)
        import_people([self.person(number) for number in range(self.customers)])
        week = 7 * 86_400_000_000
        set_rules(Rules(caps=(Cap(limit=3, window=week),), quiet=None), by=ADMIN[0])
        add_offer(
            "winter-bicycle-20",
            title={"fi": "Talvipyörä −20 %", "en": "Winter bicycle −20 %"},
            prefix="TALVI",
            stock=max(2, self.customers // 8),
        )
        publish_playbook("stop-confirmation", by=ADMIN[0])
        publish_playbook("bicycle-autumn-service", variables=self.dates(), by=ADMIN[0])
        PrintRun.objects.create(opened_at=now())  # it waits for its first letter
        seed_segments()

    def dates(self) -> Mapping[str, Any]:
        """Return the campaign's dates: it opened with the story, and the offer ended an hour ago."""
        day = timedelta(days=1)
        return {
            "starts_at": self.start - PACE,
            "offer_to": self.start + timedelta(hours=HOURS - 1),
            "helmets_at": self.start + timedelta(hours=HOURS) - 2 * PACE,
            "evening_starts_at": self.start + 6 * day,
            "coupon_to": self.start + 45 * day,
            "answers_to": self.start + 60 * day,
            "ends_at": self.start + 90 * day,
        }

    def person(self, number: int) -> Any:
        """Return one earlier customer; some gave no permission, some have only e-mail."""
        from keskio.know.contracts import ConsentRow, NewPerson

        first, last = self.dice.choice(FIRST_NAMES), self.dice.choice(LAST_NAMES)
        phone, email = f"+35840{number:07}", f"asiakas{number}@posti.example"
        has_phone = number % 9 != 0
        identifiers = [("user_id", f"K{number}"), ("email", email)]
        traits: dict[str, Any] = {
            "name": f"{first} {last}",
            "first_name": first,
            "email": email,
            "language": "en" if number % 11 == 0 else "fi",
            "earlier_customer": True,
        }
        if has_phone:
            identifiers.append(("phone", phone))
            traits["phone"] = phone
        consents = [ConsentRow("marketing", "sms"), ConsentRow("marketing", "email")]
        allowed = tuple(consents) if number % 13 else ()
        return NewPerson(tuple(identifiers), traits, allowed)

    def turn(self) -> None:
        """Let the worker's jobs work until they are idle."""
        busy = True
        while busy:
            busy = any([job.turn(self.clock.micros()) for job in self.jobs])  # noqa: C419 - every job has its turn

    def hand_over(self) -> None:
        """Send what is waiting, and let those who got a question think about their answers."""
        for sender in self.senders:
            while ready := sender.prepare(self.clock.micros(), 500):
                sender.hand_over(ready, self.gateway, self.clock.micros())
        sent, self.gateway.taken = self.gateway.taken, []
        self.report(sent)
        now = (self.clock.micros() - self.start_micros) // (300 * 1_000_000)
        for outgoing in sent:
            answer = self.dice.choice(ANSWERS)
            if answer and ("A" in outgoing.text and "B" in outgoing.text):
                step = int(now) + 1 + int(self.dice.expovariate(1 / 14))
                self.answers.setdefault(step, []).append((outgoing, answer))

    def report(self, sent: Sequence[Any]) -> None:
        """Let the gateway report what reached a phone, as the inbound door tells it."""
        from django.db import transaction

        from keskio.events.api import append_events
        from keskio.events.contracts import NewEvent
        from keskio.kernel.clock import now_micros
        from keskio.talk.store import text_of

        reports = []
        for outgoing in sent:
            if outgoing.channel != "sms" or outgoing.message % 17 == 0:
                continue
            told = {"channel": "sms", "reference": outgoing.reference, "status": "delivered"}
            body = text_of({"properties": {**told, "provider_id": "", "detail": ""}})
            reports.append(NewEvent(customer_of(outgoing), "delivery.reported", now_micros(), body))
        with transaction.atomic():
            append_events(reports)

    @property
    def start_micros(self) -> int:
        """Return when the story began."""
        from keskio.kernel.clock import to_micros

        return to_micros(self.start)

    def receive(self, step: int) -> None:
        """Take in the answers of this step; STOP withdraws as the inbound door does."""
        from django.db import transaction

        from keskio.channels.api import keyword_of
        from keskio.events.api import append_events
        from keskio.events.contracts import NewEvent
        from keskio.kernel.clock import now_micros
        from keskio.know.api import withdraw_consent
        from keskio.talk.store import text_of

        for outgoing, text in self.answers.pop(step, []):
            keyword = keyword_of(text)
            properties = {
                "channel": outgoing.channel,
                "from": outgoing.to,
                "text": text,
                "reference": outgoing.reference,
                "keyword": keyword,
            }
            body = text_of({"properties": properties})
            customer = customer_of(outgoing)
            with transaction.atomic():
                append_events([NewEvent(customer, "message.received", now_micros(), body)])
            if keyword == "stop":
                withdraw_consent(
                    customer, purpose="*", channel=outgoing.channel, source="sms", cause="stop_word"
                )

    def visit_shop(self, step: int) -> None:
        """Let the web shop tell what its visitors do; now and then it tells what cannot be taken."""
        from keskio.events.api import spool_row

        for _ in range(self.dice.randint(1, 6)):
            number = self.dice.randrange(self.customers)
            body = BODIES[2] if self.dice.random() < 0.04 else self.dice.choice(BODIES[:2])
            spool_row(
                kind="segment",
                source=self.source.pk,
                meta='{"trusted":true}',
                body=(body % {"n": number}).encode(),
            )

    def write_in(self) -> None:
        """Let customers write to customer service, one of them where everybody reads it."""
        from keskio.cli.demo_listening import seed_listening
        from keskio.kernel.clock import now
        from keskio.know.api import all_customer_ids
        from keskio.respond.inbox.actions import close, note, open_case, reply

        people = sorted(all_customer_ids())
        public = {"channel": "social", "network": "mastodon", "address": "@aino@example.social"}
        for place, (text, about) in enumerate(LETTERS):
            told = {**public, **about}
            is_answered = told.pop("is_answered", False)
            case = open_case(customer=people[place], text=text, **told)
            if is_answered:
                reply(
                    case.pk, "Hei! Huolto myöhästyi, pahoittelemme. Pyörä on nyt valmis.", by="aino"
                )
                close(case.pk, by="aino")
            else:
                note(case.pk, "Soitin korjaamolle: odottaa osaa.", by="eero")
        seed_listening(now())

    def call_customers(self, step: int) -> None:
        """Let customer service make some of the promised calls, later ones not yet."""
        from keskio.respond.api import complete_task, decline_task
        from keskio.respond.models import Task

        if step % 6 != 5:
            return
        for task in Task.objects.filter(state="open").order_by("due_at", "pk")[
            : self.customers // 60
        ]:
            close = decline_task if self.dice.random() < 0.15 else complete_task
            close(task.pk, actor=ADMIN[0])


def customer_of(outgoing: Any) -> int:
    """Return whom a message was to, as its reference says."""
    from keskio.channels.api import read_reference

    reference = read_reference(outgoing.reference)
    assert reference is not None
    return reference.customer


def tell(folder: Path, *, customers: int = 1000) -> None:
    """Make an installation in `folder` and tell it the story of `customers` customers."""
    prepare(folder)
    from keskio.kernel.clock import now

    Story(customers=customers, until=now()).tell()


if __name__ == "__main__":
    tell(Path(sys.argv[1]), customers=int(sys.argv[2]) if len(sys.argv) > 2 else 1000)
