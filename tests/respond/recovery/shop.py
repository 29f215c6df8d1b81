"""A shop whose customers complain, for tests of recovery."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from django.db import transaction

from keskio.events.api import append_events
from keskio.events.contracts import NewEvent
from keskio.kernel.clock import VirtualClock, from_micros
from keskio.kernel.sql import fetch
from keskio.know.api import find_or_create
from keskio.respond.inbox.actions import open_case
from keskio.respond.inbox.models import Case
from keskio.respond.recovery import actions, compensating
from keskio.respond.recovery.following import Recoveries
from keskio.respond.recovery.models import Compensation, PlanRun
from keskio.talk.api import add_offer


class Shop:
    """A shop with the ready plans, its offers, and customers who complain."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        actions.save_ready_plans(by="sari")
        for key in ("sorry-20", "sorry-30"):
            add_offer(key, title={"fi": "Hyvitys", "en": "Sorry"}, prefix="ANT", per_customer=5)

    def customer(self, name: str, orders: int = 0) -> int:
        number = find_or_create(
            [("email", f"{name}@example.fi")], traits={"first_name": name.capitalize()}
        )
        for _ in range(orders):
            self.tell(number, "Order Completed", total=50)
        return number

    def tell(self, customer: int, name: str, **properties: Any) -> None:
        body = msgspec.json.encode({"properties": properties}).decode()
        with transaction.atomic():
            append_events([NewEvent(customer, name, self.clock.micros(), body)])

    def complain(self, customer: int, **about: Any) -> Case:
        given = {"channel": "social", "kind": "complaint", "address": "@aino", "severity": 1}
        case = open_case(
            customer=customer,
            text="Tosi huonoa palvelua",
            **{**given, "network": "mastodon", **about},
        )
        self.settle()
        return case

    def settle(self) -> None:
        job = Recoveries()
        for _ in range(20):
            if not job.turn(self.clock.micros()):
                return
        raise AssertionError("the job does not come to rest")

    def now(self) -> datetime:
        return from_micros(self.clock.micros())

    def run(self, case: Case) -> PlanRun:
        return PlanRun.objects.get(case_id=case.pk)

    def steps(self, case: Case) -> list[tuple[str, str]]:
        return [(s.key, s.state) for s in self.run(case).steps.order_by("place")]

    def pay(self, case: Case, by: str = "anna") -> Compensation:
        return compensating.ask_compensation(self.run(case), by=by)

    def told(self) -> list[str]:
        sql = "SELECT name FROM events_event WHERE name LIKE 'recovery.%%' ORDER BY id"
        return [row[0] for row in fetch(sql)]
