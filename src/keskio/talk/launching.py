"""Brings audiences in: at its time, a version's audience is invited, a slice a turn, resumable."""

from __future__ import annotations

from django.db import transaction

from keskio.engine.dialogue.routing import INVITED
from keskio.events.api import append_events
from keskio.events.contracts import NewEvent
from keskio.kernel.clock import Micros
from keskio.kernel.sql import fetch, run
from keskio.know.api import all_customer_ids, facts_of
from keskio.talk.programs import Loaded, Programs
from keskio.talk.store import text_of

SLICE = 1000
WAITING = """
    SELECT id, launched_to FROM talk_version
    WHERE launches_at <= %s AND launched_at IS NULL ORDER BY launches_at, id LIMIT 1
"""
FORWARD = "UPDATE talk_version SET launched_to = %s WHERE id = %s AND launched_to = %s"
LAUNCHED = "UPDATE talk_version SET launched_at = %s WHERE id = %s"


class Launcher:
    """A job: one slice of customers of one waiting audience a turn."""

    name = "launcher"

    def __init__(self) -> None:
        self.programs = Programs()

    def turn(self, now: Micros) -> bool:
        """Invite the next slice; True while an audience is being brought in."""
        rows = fetch(WAITING, (now,))
        if not rows:
            return False
        version, reached = rows[0]
        self.programs.refresh()
        loaded = self.programs.by_version[version]
        customers = all_customer_ids(after=reached, limit=SLICE)
        with transaction.atomic():
            if not customers:
                run(LAUNCHED, (now, version))
            # The guard on `launched_to` lets only one of two launchers take a slice.
            elif loaded.is_live and run(FORWARD, (customers[-1], version, reached)) == 1:
                append_events(_invitations(loaded, customers, now))
            elif not loaded.is_live:
                run(LAUNCHED, (now, version))  # replaced before its audience came in
        return True


def _invitations(loaded: Loaded, customers: list[int], now: Micros) -> list[NewEvent]:
    program = loaded.program
    body = text_of({"properties": {"dialogue": program.key, "version": program.version}})
    who = program.trigger.who
    facts = facts_of(customers, program.needs, now=now)
    return [
        NewEvent(customer, INVITED, now, body)
        for customer in customers
        if customer in facts and (who is None or who(facts[customer].subject(now)))
    ]
