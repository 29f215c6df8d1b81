"""A small history in a lake of its own, and a definition to replay over it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from keskio.engine.times import DAY, HOUR, parse_moment
from keskio.events.contracts import LoggedEvent
from keskio.lake.building import build
from keskio.lake.lake import Lake
from keskio.talk.backtests.asked import Asked, Document

SINCE = parse_moment("2026-09-01T00:00", "Europe/Helsinki")
UNTIL = parse_moment("2026-10-01T00:00", "Europe/Helsinki")
NOON = SINCE + 12 * HOUR

CARTS = """
keskio: dialogue/1
key: carts
title: {fi: Ostoskori}
purpose: marketing
languages: [fi]
trigger: {event: Cart Left}
reentry: {after: 3 days}
exit: [{event: Order Completed}]
steps:
  remind:
    kind: ask
    channel: sms
    text: {fi: "Jäikö jotain koriin? Vastaa A, niin soitamme. Ei enää viestejä: LOPETA"}
    for: 2 days
    choices: {A: {title: {fi: Soitto}}}
    outcomes: {A: call, other: end, none: code}
  call:
    kind: task
    text: {fi: Soita}
    queue: shop
    due: {working_days: 1, at: "16:00"}
    outcomes: {done: end, declined: end, overdue: end}
  code:
    kind: offer
    offer: ten-percent
    as: code
    outcomes: {given: send-code, sold_out: end, refused: end}
  send-code:
    kind: send
    channel: sms
    text: {fi: "Tässä koodi: {{ code }}. Ei enää viestejä: LOPETA"}
"""


class Log:
    """Events as they would stand in the log."""

    def __init__(self) -> None:
        self.events: list[LoggedEvent] = []

    def add(self, customer: int, at: int, name: str, **properties: Any) -> None:
        """Append an event."""
        self._append(customer, at, name, {"properties": properties})

    def identify(self, customer: int, at: int, **traits: Any) -> None:
        """Append a telling of traits."""
        self._append(customer, at, "customer.identified", {"traits": traits, "properties": {}})

    def consent(self, customer: int, at: int, state: str = "given", channel: str = "sms") -> None:
        """Append a step of the consent to marketing."""
        self.add(customer, at, f"consent.{state}", purpose="marketing", channel=channel)

    def _append(self, customer: int, at: int, name: str, body: dict[str, Any]) -> None:
        number = len(self.events) + 1
        self.events.append(
            LoggedEvent(number, customer, name, at, json.dumps(body), at, 0, str(number), customer)
        )

    def lake(self, folder: Path, customers: Iterable[int] | None = None) -> Lake:
        """Return a lake with these events; everybody has a phone and an e-mail address."""
        who = sorted({event.customer for event in self.events}) if customers is None else customers
        rows = [(customer, True, 0, "fi", "", True, True) for customer in who]
        return build(folder, events=self.events, views={"customers": rows})


def asked(text: str = CARTS, **more: Any) -> Asked:
    """Return what is asked of a backtest over September."""
    given: dict[str, Any] = {"since": SINCE, "until": UNTIL, "position": 2**60, **more}
    return Asked(draft=Document(text), **given)


def noon(day: int) -> int:
    """Return noon of a day of September."""
    return NOON + (day - 1) * DAY


def shoppers(count: int, days: Sequence[int] = (3,)) -> Log:
    """Return a log in which so many leave a cart on each of `days`, ten seconds apart."""
    log = Log()
    for customer in range(1, count + 1):
        log.consent(customer, SINCE - 10 * DAY)
        for day in days:
            log.add(customer, noon(day) + customer * 10_000_000, "Cart Left", total=customer)
    return log
