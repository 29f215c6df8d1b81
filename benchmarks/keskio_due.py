"""Many timers due at one moment: `python -m benchmarks.one benchmarks.keskio_due N FOLDER`.

N customers come into a dialogue that waits for nine the next day and then sends; the clock goes to nine, and
the runner fires them all. Two transitions a customer, of which only the second is under the clock of the
steps; what is counted must be as the flow of the other benchmarks counts it: one message, one transition.
"""

from __future__ import annotations

from datetime import timedelta

from benchmarks.flow import Count
from benchmarks.keskio_dialogue import TRIGGER, KeskioDialogue, checkpoints
from benchmarks.stopwatch import Stopwatch
from keskio.kernel.clock import now_micros
from keskio.kernel.sql import fetch
from keskio.talk.api import publish

DEFINITION = """
keskio: dialogue/1
key: due
title: {fi: Aamuviesti}
purpose: marketing
languages: [fi]
trigger: {event: Service Due}
steps:
  wait: {kind: wait, title: {fi: Aamu}, for: 1 day, at: "09:00", outcomes: {timeout: hello}}
  hello: {kind: send, title: {fi: Hei}, channel: sms, text: {fi: Huomenta!}}
"""


class KeskioDue(KeskioDialogue):
    """Everybody's moment is the same."""

    def publish(self) -> None:
        """Publish the dialogue that waits."""
        publish(DEFINITION)

    def run(self, watch: Stopwatch, arriving: Stopwatch) -> None:
        """Let everybody in, off the clock; then let it be nine the day after."""
        with checkpoints():
            with arriving:
                self._append((customer, TRIGGER, {}) for customer in self._in_order(1))
                self.clock.advance(timedelta(minutes=2))
                self._work()
            self.noted["waiting"] = fetch(
                "SELECT count(*) FROM talk_enrolment WHERE due_at IS NOT NULL"
            )[0][0]
            self.clock.advance(timedelta(days=2))
            with watch:
                self._work()

    def _work(self) -> None:
        while self.runner.turn(now_micros()):
            pass

    def count(self) -> Count:
        """Count the messages: everybody's, once."""
        (sends,) = fetch("SELECT count(*) FROM talk_message")[0]
        (people,) = fetch("SELECT count(DISTINCT customer_id) FROM talk_message")[0]
        assert people == sends == self.n == self.noted["waiting"], (people, sends, self.noted)
        return Count(sends, sends, {})


CONTESTANT = KeskioDue
