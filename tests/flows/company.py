"""A company for cases that last for years: a world of talk with its letters, its customers' things, and
what is computed of them. Nothing happens between two moments but what falls due.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from keskio.channels.api import add_account
from keskio.kernel.clock import VirtualClock, from_micros, to_micros
from keskio.kernel.sql import fetch
from keskio.know.api import take_objects
from keskio.know.computed.following import ComputedFollower
from keskio.know.objects.contracts import NewObject
from keskio.talk.dating import Dates
from keskio.talk.printing.actions import close_run, mark_printed, note_download
from keskio.talk.printing.jobs import Gatherer
from keskio.talk.printing.models import PrintRun
from keskio.talk.printing.queries import printable
from tests.flows.town import FALLS_DUE, HELSINKI
from tests.talk.world import World

SPREAD = 600_000_000  # µs between looks at an audience that comes in little by little
LETTERHEAD = {"company": "Autotalo Kaarre Oy", "address": "Ratakatu 1\n20100 TURKU"}


class Company(World):
    """A world whose letters are printed as soon as they have gathered, unless `prints` is switched off."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__(clock)
        add_account(provider="print", name="Painotalo", settings=LETTERHEAD)
        self.gatherer = Gatherer()
        self.computing = ComputedFollower()
        self.prints = True
        self.pace: timedelta | None = None
        self.dates = Dates()

    def run(self) -> None:
        """Let all jobs work until there is nothing left at this moment."""
        while self.dates.turn(self.clock.micros()):
            pass
        super().run()
        while self.computing.turn(self.clock.micros()):
            super().run()

    def send(self) -> int:
        """Let the senders hand over what is claimed, and the letters go to the printer."""
        return super().send() + (self.print() if self.prints else 0)

    def print(self) -> int:
        """Gather, close, download and print what waits; return how many letters went."""
        self.gatherer = Gatherer()
        self.gatherer.turn(self.clock.micros())
        run = PrintRun.objects.filter(state="open").first()
        waiting = fetch(
            "SELECT 1 FROM talk_message WHERE channel = 'letter' AND state = 'claimed' LIMIT 1"
        )
        if run is None or not waiting:
            return 0
        close_run(run, by="test")
        note_download(run, len(printable(run)))
        return mark_printed(run, by="test")

    def wait(self, **span: float) -> None:
        """Let time go by, in the steps in which something falls due and at least at `pace`."""
        end = self.clock.micros() + timedelta(**span) // timedelta(microseconds=1)
        self.settle()
        while (now := self.clock.micros()) < end:
            rows = [fetch(sql, (end,))[0][0] for sql in FALLS_DUE]
            # What is due and yet waits (an audience that is spread out) waits for time to go by.
            moments = [at if at > now else now + SPREAD for at in rows if at is not None]
            pace = [] if self.pace is None else [now + self.pace // timedelta(microseconds=1)]
            self.clock.turn_to(min([end, *moments, *pace]))
            self.settle()

    def until(self, at: datetime) -> None:
        """Let time go by until `at`."""
        self.wait(microseconds=to_micros(at) - self.clock.micros())

    def own(
        self, name: str, kind: str, key: str, *, ended: bool | None = None, **fields: Any
    ) -> None:
        """Let a source tell of a thing of a customer."""
        at = self.clock.micros()
        row = NewObject(kind, key, fields, self.people[name], ended=ended, at=at)
        take_objects([row], source=0)

    def contacts(self, name: str) -> list[tuple[date, str, str]]:
        """Return (day in Helsinki, dialogue, step) of all that left to a customer, in order."""
        rows = fetch(
            "SELECT m.settled_at, d.key, m.step FROM talk_message m"
            " JOIN talk_version v ON v.id = m.version_id JOIN talk_dialogue d ON d.id = v.dialogue_id"
            " WHERE m.customer_id = %s AND m.state IN ('sent', 'delivered') ORDER BY m.settled_at, m.id",
            (self.people[name],),
        )
        return [
            (from_micros(at).astimezone(HELSINKI).date(), dialogue, step)
            for at, dialogue, step in rows
        ]
