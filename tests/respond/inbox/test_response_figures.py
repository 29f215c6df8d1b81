"""The report of response times: what is open counts, late and open is missed now."""

from __future__ import annotations

import pytest

from keskio.kernel.clock import VirtualClock, now_micros, to_micros
from keskio.respond.inbox import actions as do
from keskio.respond.inbox import contracts as c
from keskio.respond.inbox.figures import response_times

from .conftest import helsinki

pytestmark = pytest.mark.django_db
HOUR = 3_600_000_000


def asked(customer: int, channel: str, day: int, clock: str) -> int:
    case = do.open_case(
        customer=customer,
        channel=channel,
        text="Rikki",
        address="a@example.com",
        kind=c.COMPLAINT,
        at=helsinki(day, clock),
    )
    return int(case.pk)


def test_figures_by_channel_and_week(clock: VirtualClock, aino: int) -> None:
    clock.turn_to(helsinki(10, "12:00"))
    # Complaints by e-mail are to be answered in four working hours.
    for day, took in ((2, "10:00"), (3, "11:00"), (4, "15:00")):
        do.reply(asked(aino, "email", day, "09:00"), "Hei", by="eero", at=helsinki(day, took))
    asked(aino, "email", 9, "09:00")
    asked(aino, "call", 10, "11:00")
    do.close(asked(aino, "call", 10, "11:30"), by="eero")
    since, until = to_micros(helsinki(1, "02:00")), now_micros()
    call, email = response_times(since, until, now=until, by="channel")
    assert (email.group, email.count, email.met, email.missed, email.open) == ("email", 4, 2, 2, 1)
    assert (email.rate, email.median, email.most) == (0.5, 2 * HOUR, None)
    assert (call.count, call.met, call.missed, call.open, call.rate) == (2, 0, 0, 1, None)
    weeks = response_times(since, until, now=until, by="week")
    assert [(week.group, week.count) for week in weeks] == [("2026-03-02", 3), ("2026-03-09", 3)]
    (everything,) = response_times(since, until, now=until)
    assert (everything.count, everything.calendar_median) == (6, 6 * HOUR)
    assert response_times(until, until + 1, now=until) == []
