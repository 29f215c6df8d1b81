"""Laws of the stock over any order of things: never oversold, no code seen by two, books that add up."""

from __future__ import annotations

import random

import pytest

from keskio.channels.contracts import Result
from keskio.kernel.clock import VirtualClock
from keskio.kernel.sql import fetch
from keskio.talk.api import add_offer, publish, take_out
from keskio.talk.offers.following import Coupons
from tests.talk.offers.test_coupons import OFFERING
from tests.talk.world import World

pytestmark = pytest.mark.django_db(transaction=True)
NAMES = ("aino", "ville", "eero", "siiri", "onni")
STOCK = 3
REFUSED = Result("refused", "", "no such number", permanent=True)


def hold_laws(world: World, seen: dict[str, str]) -> None:
    """Check the laws; `seen` is who has been told each code, for ever."""
    given = int(fetch("SELECT given FROM talk_offer")[0][0])
    rows = fetch("SELECT code, customer_id, reserved_at, assigned_at FROM talk_coupon")
    held = [row for row in rows if row[2] is not None]
    assert given == len(held) <= STOCK
    assert len({row[0] for row in rows}) == len(rows)
    for outgoing in world.outbox.sent:
        if outgoing.text.startswith("Koodisi: "):
            code = outgoing.text.removeprefix("Koodisi: ")
            assert seen.setdefault(code, outgoing.to) == outgoing.to, "a code seen by two"
    owners = {row[0]: row[1] for row in held}
    assert all(code in owners for code in seen), "what somebody has seen is not in the stock"
    assert all(row[1] is None for row in rows if row[2] is None)


@pytest.mark.parametrize("kind", ["generator", "list"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_laws_of_the_stock(clock: VirtualClock, kind: str, seed: int) -> None:
    draw = random.Random(seed)
    world = World(clock)
    for name in NAMES:
        world.person(name)
    codes = [f"C{n}" for n in range(STOCK)] if kind == "list" else []
    add_offer("winter", title={"fi": "Talvi"}, stock=STOCK, per_customer=1, codes=codes)
    publish(OFFERING)
    job, seen = Coupons(), dict[str, str]()
    for _ in range(25):
        what = draw.choice(("ask", "ask", "wait", "out", "fail", "follow"))
        name = draw.choice(NAMES)
        if what == "ask":
            world.tell(name, "Asked")
            world.settle()
        elif what == "wait":
            world.wait(minutes=40)
        elif what == "fail":
            world.outbox.results = [REFUSED]
            world.wait(minutes=40)
        elif what == "out":
            sql = "SELECT id FROM talk_enrolment WHERE customer_id = %s AND status = 0"
            for (enrolment,) in fetch(sql, (world.people[name],)):
                take_out(world.people[name], enrolment, by="admin")
            world.settle()
        else:
            job.turn(clock.micros())
        hold_laws(world, seen)
    world.wait(hours=2)
    while job.turn(clock.micros()):
        pass
    hold_laws(world, seen)
    held = fetch("SELECT code FROM talk_coupon WHERE reserved_at IS NOT NULL")
    assert {row[0] for row in held} == set(seen), "what nobody has seen is back in the stock"
