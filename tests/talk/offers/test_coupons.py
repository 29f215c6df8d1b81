"""What becomes of codes: never oversold, none twice, back only if nobody can have seen it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from keskio.channels.contracts import Result
from keskio.kernel.clock import VirtualClock
from keskio.kernel.sql import fetch, run
from keskio.know.uniting import merge_customers
from keskio.talk.api import add_offer, invite, publish, take_out
from keskio.talk.offers.following import Coupons
from keskio.talk.offers.models import Redemption
from tests.talk.world import World

pytestmark = pytest.mark.django_db(transaction=True)

OFFERING = """
keskio: dialogue/1
key: offering
title: {fi: Tarjous}
purpose: marketing
languages: [fi]
trigger: {event: Asked}
reentry: after_end
steps:
  reserve:
    kind: offer
    offer: winter
    as: coupon
    outcomes: {given: think, sold_out: sorry, refused: end}
  think: {kind: wait, for: 1 hour, outcomes: {timeout: tell}}
  tell:
    kind: send
    channel: sms
    valid: {for: 2 days}
    text: {fi: "Koodisi: {{ coupon }}"}
    outcomes: {sent: end}
  sorry: {kind: send, channel: sms, text: {fi: Loppu}}
"""


@pytest.fixture
def world(clock: VirtualClock) -> World:
    company = World(clock)
    for name in ("aino", "ville", "eero"):
        company.person(name)
    return company


@pytest.fixture
def follow(clock: VirtualClock) -> Callable[[], None]:
    job = Coupons()

    def turns() -> None:
        while job.turn(clock.micros()):
            pass

    return turns


def coupons() -> list[tuple[Any, ...]]:
    """Return (customer, is assigned, is settled) of all codes, in order."""
    sql = "SELECT customer_id, assigned_at, is_settled FROM talk_coupon ORDER BY id"
    return [(c, a is not None, bool(s)) for c, a, s in fetch(sql)]


def codes() -> list[str]:
    return [row[0] for row in fetch("SELECT code FROM talk_coupon ORDER BY id")]


def given() -> int:
    return int(fetch("SELECT given FROM talk_offer")[0][0])


def test_a_code_is_assigned_when_its_message_has_left(
    world: World, follow: Callable[[], None]
) -> None:
    add_offer("winter", title={"fi": "Talvi"}, stock=5)
    publish(OFFERING)
    world.tell("aino", "Asked")
    world.settle()
    follow()
    assert coupons() == [(world.people["aino"], False, False)]
    world.wait(hours=1)
    follow()
    assert coupons() == [(world.people["aino"], True, False)]
    assert world.texts_to("aino") == [("tell", f"Koodisi: {codes()[0]}")]


def test_a_code_of_somebody_who_is_out_goes_back_and_to_the_next(
    world: World, follow: Callable[[], None]
) -> None:
    add_offer("winter", title={"fi": "Talvi"}, stock=1)
    publish(OFFERING)
    world.tell("aino", "Asked")
    world.settle()
    world.tell("ville", "Asked")
    world.settle()
    assert world.steps_to("ville") == ["sorry"]
    enrolment = fetch("SELECT id FROM talk_enrolment ORDER BY id LIMIT 1")[0][0]
    take_out(world.people["aino"], enrolment, by="admin")
    world.settle()
    follow()
    assert (coupons(), given()) == ([(None, False, False)], 0)
    first = codes()
    world.tell("eero", "Asked")
    world.wait(hours=1)
    follow()
    assert world.texts_to("eero") == [("tell", f"Koodisi: {first[0]}")]
    assert (codes(), given()) == (first, 1)


def test_a_code_whose_message_failed_goes_back_but_an_unknown_one_does_not(
    world: World, follow: Callable[[], None]
) -> None:
    add_offer("winter", title={"fi": "Talvi"}, stock=5)
    publish(OFFERING)
    world.outbox.results = [Result("refused", "", "no such number", permanent=True)]
    world.tell("aino", "Asked")
    world.wait(hours=1)
    follow()
    assert (coupons(), given()) == ([(None, False, False)], 0)
    world.outbox.results = [Result("unknown", "", "")]
    world.tell("ville", "Asked")
    world.wait(hours=1)
    follow()
    assert (coupons(), given()) == ([(world.people["ville"], False, False)], 1)


def test_a_crash_in_the_middle_changes_nothing(
    world: World, follow: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    add_offer("winter", title={"fi": "Talvi"}, stock=5)
    publish(OFFERING)
    world.outbox.results = [Result("refused", "", "no such number", permanent=True)]
    world.tell("aino", "Asked")
    world.wait(hours=1)
    before = coupons(), given()

    def crash(*_: object) -> None:
        raise RuntimeError("the power goes")

    with monkeypatch.context() as patched:
        patched.setattr("keskio.talk.offers.following.move_cursor", crash)
        with pytest.raises(RuntimeError):
            follow()
    assert (coupons(), given()) == before
    follow()
    assert (coupons(), given()) == ([(None, False, False)], 0)
    follow()
    assert given() == 0


def test_two_who_take_from_the_stock_at_once_never_oversell(world: World) -> None:
    add_offer("winter", title={"fi": "Talvi"}, stock=2)
    publish(OFFERING)
    for name in world.people:
        world.tell(name, "Asked")
    original = world.runner._worked
    disturbed = []

    def worked(*given: Any, **more: Any) -> Any:
        batch = original(*given, **more)
        if not disturbed and batch.host.delta.given:  # somebody else takes one meanwhile
            disturbed.append(True)
            run("UPDATE talk_offer SET given = given + 1, made = made + 1, turn = turn + 1")
        return batch

    world.runner._worked = worked  # type: ignore[method-assign]
    world.settle()
    assert disturbed
    assert (given(), len(codes())) == (2, 1)
    assert sorted(len(world.steps_to(name)) for name in world.people) == [0, 1, 1]


def test_a_code_is_used_once_and_only_while_it_is_good(
    world: World, follow: Callable[[], None], clock: VirtualClock
) -> None:
    hour = 3_600_000_000
    add_offer("winter", title={"fi": "Talvi"}, stock=5, valid_for=48 * hour)
    publish(OFFERING)
    world.tell("aino", "Asked")
    world.tell("ville", "Asked")
    world.wait(hours=1)
    first, second = codes()
    world.tell("aino", "coupon.redeemed", code=f" {first.lower()} ", value=85)
    world.tell("aino", "coupon.redeemed", code=first)
    world.tell("eero", "coupon.redeemed", code="NOT-OURS")
    follow()
    clock.advance(timedelta(hours=48))
    world.tell("ville", "coupon.redeemed", code=second)
    follow()
    follow()
    told = Redemption.objects.order_by("id").values_list("outcome", "value")
    assert list(told) == [("redeemed", 85.0), ("used", None), ("unknown", None), ("expired", None)]
    marked = fetch("SELECT redeemed_at IS NOT NULL, redeemed_value FROM talk_coupon ORDER BY id")
    assert [(bool(m), v) for m, v in marked] == [(True, 85.0), (False, None)]


def test_what_she_had_under_another_number_counts_towards_her_limit(world: World) -> None:
    add_offer("winter", title={"fi": "Talvi"}, per_customer=1)
    publish(OFFERING)
    world.tell("ville", "Asked")
    world.wait(hours=2)
    merge_customers(world.people["ville"], world.people["aino"])
    world.settle()
    world.tell("aino", "Asked")
    world.settle()
    assert len(codes()) == 1


def test_codes_of_a_list_are_given_once_each(world: World, follow: Callable[[], None]) -> None:
    add_offer("winter", title={"fi": "Talvi"}, codes=["A1", "B2"])
    publish(OFFERING)
    for name in world.people:
        world.tell(name, "Asked")
    world.wait(hours=2)
    follow()
    assert [row[0] for row in coupons()] == [world.people["aino"], world.people["ville"]]
    assert world.steps_to("eero") == ["sorry"]


def test_an_offer_that_is_over_is_sold_out(world: World) -> None:
    add_offer("winter", title={"fi": "Talvi"}, valid_until=datetime(2012, 1, 1, tzinfo=UTC))
    publish(OFFERING)
    world.tell("aino", "Asked")
    world.settle()
    assert world.steps_to("aino") == ["sorry"]


def test_one_may_have_as_many_as_the_offer_says(world: World) -> None:
    add_offer("winter", title={"fi": "Talvi"}, stock=9, per_customer=2)
    publish(OFFERING)
    for _ in range(3):
        world.tell("aino", "Asked")
        world.wait(hours=2)
    assert len(codes()) == 2
    invite("offering", [world.people["ville"]])
    world.settle()
    assert len(codes()) == 3
