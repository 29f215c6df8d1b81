"""Recovery plans: chosen by kind of customer, followed by steps, paid within a budget and in private."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from keskio.events.api import move_cursor
from keskio.kernel.clock import MICROSECOND, VirtualClock, set_clock
from keskio.kernel.errors import Mistake
from keskio.know.api import find_or_create
from keskio.respond.inbox.actions import change, close, reopen, reply
from keskio.respond.inbox.models import Entry
from keskio.respond.recovery import actions, compensating, offering
from keskio.respond.recovery.following import CURSOR
from keskio.respond.recovery.models import PlanRun, PlanVersion
from keskio.respond.recovery.queries import kinds_in_force, plan_text, spent_in, standings
from keskio.talk.models import Coupon, Offer
from tests.respond.recovery.shop import Shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(clock: VirtualClock) -> Shop:
    return Shop(clock)


def test_the_plan_follows_the_kind_of_customer(shop: Shop) -> None:
    regular = shop.complain(shop.customer("aino", orders=2))
    occasional = shop.complain(shop.customer("eero", orders=1))
    nobody = shop.complain(0)
    assert [shop.run(case).plan for case in (regular, occasional, nobody)] == [
        *("regular-customer", "occasional-customer", "unknown-writer"),
    ]
    assert shop.run(regular).why == [
        ["kind", "complaint", "complaint"],
        ["customer", "regular", "regular"],
    ]
    assert [key for key, _ in shop.steps(regular)][:2] == ["acknowledge", "apologise"]
    assert "compensate" in dict(shop.steps(occasional))
    assert shop.told() == ["recovery.begun"] * 3


def test_what_is_no_complaint_gets_no_plan_until_it_is_one(shop: Shop) -> None:
    case = shop.complain(shop.customer("aino"), kind="question")
    assert PlanRun.objects.count() == 0
    change(case.pk, by="anna", kind="complaint")
    shop.settle()
    assert shop.run(case).plan == "occasional-customer"


def test_a_person_says_that_it_is_made_up(shop: Shop) -> None:
    case = shop.complain(shop.customer("eero"))
    run = actions.choose_again(case, kind="made_up", by="anna")
    assert run is not None
    assert (run.plan, run.kind) == ("made-up-claim", "made_up")
    assert [key for key, _ in shop.steps(case)] == ["neutral", "investigate"]
    with pytest.raises(compensating.NoCompensation):
        shop.pay(case)
    actions.tick(run, "neutral", by="anna")
    with pytest.raises(compensating.NotWaiting):
        actions.choose_again(case, kind="regular", by="anna")
    with pytest.raises(Mistake):
        actions.choose_again(case, kind="strange", by="anna")


def test_answers_tick_steps_in_their_order(shop: Shop) -> None:
    case = shop.complain(shop.customer("eero"))
    reply(case.pk, "Pahoittelut! Jatketaan yksityisviestillä.", by="anna", public=True)
    shop.settle()
    assert shop.steps(case)[:2] == [("acknowledge", "done"), ("private", "waiting")]
    reply(case.pk, "Kirjoitan sinulle suoraan.", by="anna")
    shop.settle()
    assert shop.steps(case)[:3] == [
        *(("acknowledge", "done"), ("private", "done"), ("compensate", "waiting")),
    ]


def test_a_compensation_is_offered_in_private_only(shop: Shop) -> None:
    case = shop.complain(shop.customer("eero"))
    for text in (
        "Hyvitämme sinulle 20 €.",
        "You get a refund of 20 euros!",
        "Saat 15 % alennuksen.",
    ):
        with pytest.raises(offering.InPublic):
            reply(case.pk, text, by="anna", public=True)
    paid = shop.pay(case)
    assert (paid.state, paid.cents) == ("approved", 2000)
    entry = offering.offer(paid.pk, by="anna")
    paid.refresh_from_db()
    assert (paid.state, entry.is_open_to_all, paid.code in entry.text) == ("offered", False, True)
    with pytest.raises(offering.InPublic):
        reply(case.pk, f"Koodisi on {paid.code}", by="anna", public=True)
    assert Entry.objects.filter(case=case, kind="out").count() == 1
    shop.settle()
    assert dict(shop.steps(case))["compensate"] == "done"
    assert dict(shop.steps(case))["acknowledge"] == "waiting"  # the offer is no apology
    assert "recovery.offered" in shop.told()


def test_a_code_is_reserved_then_hers_then_used(shop: Shop) -> None:
    customer = shop.customer("eero")
    case = shop.complain(customer)
    paid = shop.pay(case)
    entry = offering.offer(paid.pk, by="anna")
    coupon = Coupon.objects.get()
    assert (coupon.customer_id, coupon.assigned_at) == (customer, None)
    shop.tell(customer, "message.sent", case=case.pk, number=entry.number, message=entry.message_id)
    shop.settle()
    coupon.refresh_from_db()
    assert coupon.assigned_at is not None
    shop.tell(customer, "coupon.redeemed", code=coupon.code.lower(), value=20)
    shop.settle()
    paid.refresh_from_db()
    assert paid.state == "accepted"


def test_what_could_not_be_sent_goes_back(shop: Shop) -> None:
    customer = shop.customer("eero")
    case = shop.complain(customer)
    paid = shop.pay(case)
    entry = offering.offer(paid.pk, by="anna")
    shop.tell(customer, "message.failed", case=case.pk, number=entry.number)
    shop.settle()
    shop.settle()
    paid.refresh_from_db()
    coupon = Coupon.objects.get()
    assert (paid.state, coupon.customer_id, coupon.offer.given) == ("returned", None, 0)
    assert dict(shop.steps(case))["compensate"] == "waiting"
    assert spent_in("occasional-customer", paid.month) == 0
    again = shop.pay(case)
    offering.offer(again.pk, by="anna")
    assert Coupon.objects.get().code == coupon.code  # nobody has seen it


class Ticking(VirtualClock):
    """A clock that goes on a little whenever somebody looks at it, as real ones do."""

    def micros(self) -> int:
        self.advance(MICROSECOND)
        return super().micros()


def test_money_that_could_not_be_offered_goes_back_though_the_clock_goes_on(shop: Shop) -> None:
    text = plan_text("occasional-customer").replace("  offer: sorry-20\n", "")
    actions.save_plan(text.replace("{{ code }}", ""), by="sari", key="occasional-customer")
    customer = shop.customer("eero")
    case = shop.complain(customer)
    before = set_clock(Ticking(shop.now()))
    try:
        paid = shop.pay(case)
        entry = offering.offer(paid.pk, by="anna")
    finally:
        set_clock(before)
    shop.tell(customer, "message.failed", case=case.pk, number=entry.number)
    shop.settle()
    paid.refresh_from_db()
    assert (paid.state, paid.code) == ("returned", "")
    assert shop.steps(case)[0] == ("acknowledge", "waiting")  # the offer is no apology
    assert dict(shop.steps(case))["compensate"] == "waiting"


def test_declined_is_money_back_and_a_code_that_is_over(shop: Shop) -> None:
    customer = shop.customer("eero")
    case = shop.complain(customer)
    paid = shop.pay(case)
    entry = offering.offer(paid.pk, by="anna")
    shop.tell(customer, "message.sent", case=case.pk, number=entry.number)
    shop.settle()
    assert offering.decline(paid.pk, by="anna")
    coupon = Coupon.objects.get()
    assert (coupon.customer_id, coupon.valid_until) == (customer, shop.now())
    assert spent_in("occasional-customer", paid.month) == 0
    with pytest.raises(compensating.NotWaiting):
        offering.decline(paid.pk, by="anna")


def test_a_code_declined_while_its_message_leaves_is_given_to_nobody_else(shop: Shop) -> None:
    case = shop.complain(shop.customer("eero"))
    paid = shop.pay(case)
    offering.offer(paid.pk, by="anna")
    offering.decline(paid.pk, by="anna")
    offering.offer(shop.pay(shop.complain(shop.customer("ville"))).pk, by="anna")
    first, second = Coupon.objects.order_by("id")
    assert (first.valid_until, first.code != second.code) == (shop.now(), True)


def test_not_twice_in_twelve_months_without_another_persons_word(shop: Shop) -> None:
    customer = shop.customer("eero")
    first = shop.complain(customer)
    offering.offer(shop.pay(first).pk, by="anna")
    with pytest.raises(compensating.AlreadyCompensated):
        shop.pay(first)
    shop.clock.advance(timedelta(days=300))
    second = shop.complain(customer)
    asked = shop.pay(second)
    assert (asked.state, [why for why, _ in asked.why_approval]) == (
        "asked",
        ["twice_in_12_months"],
    )
    with pytest.raises(compensating.NotWaiting):
        offering.offer(asked.pk, by="anna")
    with pytest.raises(compensating.NotBySameHands):
        compensating.approve(asked.pk, by="anna")
    assert compensating.approve(asked.pk, by="sari").state == "approved"
    offering.offer(asked.pk, by="anna")
    assert shop.told().count("recovery.approved") == 1
    shop.clock.advance(timedelta(days=366))
    third = shop.complain(customer)
    assert shop.pay(third).state == "approved"


def test_refused_is_refused(shop: Shop) -> None:
    customer = shop.customer("eero")
    offering.offer(shop.pay(shop.complain(customer)).pk, by="anna")
    case = shop.complain(customer)
    asked = shop.pay(case)
    with pytest.raises(compensating.NotBySameHands):
        compensating.refuse(asked.pk, by="anna")
    assert compensating.refuse(asked.pk, by="sari").state == "refused"
    with pytest.raises(compensating.NotWaiting):
        compensating.approve(asked.pk, by="sari")
    assert Coupon.objects.count() == 1


def test_the_budget_of_a_month_is_never_exceeded(shop: Shop) -> None:
    text = plan_text("occasional-customer").replace("month: 1000", "month: 50")
    actions.save_plan(text, by="sari", key="occasional-customer")
    cases = [shop.complain(shop.customer(name)) for name in ("a", "b", "c")]
    month = shop.pay(cases[0]).month
    shop.pay(cases[1])
    with pytest.raises(compensating.OverBudget):
        shop.pay(cases[2])
    assert spent_in("occasional-customer", month) == 4000
    (stand,) = [one for one in standings(shop.now()) if one.row.key == "occasional-customer"]
    assert (stand.spent, stand.budget, stand.running) == (4000, 5000, 3)
    shop.clock.advance(timedelta(days=31))
    assert shop.pay(cases[2]).state == "approved"


def test_nobody_is_paid_who_is_not_known(shop: Shop) -> None:
    case = shop.complain(0)
    with pytest.raises(compensating.NoCompensation):
        shop.pay(case)


def test_a_sold_out_offer_leaves_nothing_half_done(shop: Shop) -> None:
    Offer.objects.filter(key="sorry-20").update(stock=0)
    case = shop.complain(shop.customer("eero"))
    paid = shop.pay(case)
    with pytest.raises(offering.SoldOut):
        offering.offer(paid.pk, by="anna")
    paid.refresh_from_db()
    assert (paid.state, Coupon.objects.count()) == ("approved", 0)
    with pytest.raises(offering.SoldOut):
        offering.offer(paid.pk, by="anna", text="Ilman koodia")


def test_closing_ends_the_plan_and_opening_goes_on(shop: Shop) -> None:
    case = shop.complain(shop.customer("eero"))
    close(case.pk, by="anna")
    shop.settle()
    run = shop.run(case)
    assert (run.state, run.outcome) == ("ended", "left_undone")
    assert shop.steps(case) == [
        *(("acknowledge", "skipped"), ("private", "skipped")),
        *(("compensate", "skipped"), ("survey", "waiting")),
    ]
    reopen(case.pk, by="anna")
    shop.settle()
    assert shop.run(case).state == "running"
    assert {state for _, state in shop.steps(case)} == {"waiting"}
    for key, _ in shop.steps(case)[:3]:
        actions.tick(shop.run(case), key, by="anna")
    close(case.pk, by="anna")
    shop.settle()
    assert shop.run(case).outcome == "done"
    assert shop.told() == ["recovery.begun", "recovery.ended", "recovery.ended"]


def test_late_steps_are_told_once(shop: Shop) -> None:
    case = shop.complain(shop.customer("eero"))
    shop.clock.advance(timedelta(days=2))
    shop.settle()
    shop.settle()
    late = Entry.objects.filter(case=case, what="recovery_late").order_by("number")
    assert [entry.told["step"] for entry in late] == ["acknowledge", "private", "compensate"]


def test_satisfaction_and_purchases_are_measured(shop: Shop) -> None:
    customer = shop.customer("eero")
    case = shop.complain(customer)
    close(case.pk, by="anna")
    shop.clock.advance(timedelta(days=3))
    shop.tell(customer, "survey.answered", survey="other", csat=1)
    shop.tell(customer, "survey.replied", survey="put-right", scale="csat", score=2)
    shop.tell(customer, "survey.answered", survey="put-right", touchpoint="recovery", csat=4)
    shop.tell(customer, "dialogue.ended", dialogue="was-it-put-right", outcome="not-put-right")
    shop.clock.advance(timedelta(days=10))
    shop.tell(customer, "Order Completed", total=30)
    shop.settle()
    run = shop.run(case)
    assert (run.satisfied, run.bought_at) == (0.75, shop.now())
    assert dict(shop.steps(case))["survey"] == "done"
    other = shop.complain(shop.customer("ville"))
    close(other.pk, by="anna")
    shop.tell(other.customer_id, "dialogue.ended", dialogue="was-it-put-right", outcome="put-right")
    shop.settle()
    assert shop.run(other).satisfied == 1.0


def test_a_share_is_drawn_to_be_handled_without_the_plan(shop: Shop) -> None:
    text = plan_text("occasional-customer") + "compare: 50 %\n"
    actions.save_plan(text, by="sari", key="occasional-customer")
    cases = [shop.complain(shop.customer(f"c{n}")) for n in range(40)]
    arms = [shop.run(case).arm for case in cases]
    assert 8 <= arms.count("plain") <= 32
    plain = cases[arms.index("plain")]
    assert shop.steps(plain) == []
    with pytest.raises(compensating.NoCompensation):
        shop.pay(plain)
    close(plain.pk, by="anna")
    shop.settle()
    assert shop.run(plain).outcome == "without_plan"


def test_plans_have_versions_and_cases_keep_theirs(shop: Shop) -> None:
    case = shop.complain(shop.customer("eero"))
    text = plan_text("occasional-customer").replace("euros: 20", "euros: 25")
    actions.save_plan(text, by="sari", key="occasional-customer")
    actions.save_plan(text, by="sari", key="occasional-customer")
    assert PlanVersion.objects.filter(plan__key="occasional-customer").count() == 2
    assert shop.pay(case).cents == 2000
    with pytest.raises(actions.KeyTaken):
        actions.save_plan(text, by="sari")
    with pytest.raises(Mistake):
        actions.save_plan(text, by="sari", key="regular-customer")
    with pytest.raises(actions.Unusable) as fault:
        actions.save_plan(text.replace("euros: 25", "euros: kaksi"), by="sari", key=case.network)
    assert [one.place for one in fault.value.findings] == ["compensation.euros"]
    actions.switch_plan("occasional-customer", on=False)
    other = shop.complain(shop.customer("ville"))
    assert not PlanRun.objects.filter(case_id=other.pk).exists()


def test_who_is_regular_is_a_rule_of_the_companys_own(shop: Shop) -> None:
    actions.save_kinds("keskio: customer-kinds/1\nregular: {trait: town, is: Oulu}\n", by="sari")
    assert kinds_in_force() is not None
    number = find_or_create([("email", "o@example.fi")], traits={"town": "Oulu"})
    assert shop.run(shop.complain(number)).kind == "regular"
    with pytest.raises(actions.Unusable):
        actions.save_kinds(
            "keskio: customer-kinds/1\nregular: {trait: town, has: Oulu}\n", by="sari"
        )


def test_seeing_the_log_anew_changes_nothing(shop: Shop) -> None:
    customer = shop.customer("aino", orders=2)  # her plan has more answers to tick
    case = shop.complain(customer)
    reply(case.pk, "Pahoittelut, tämä oli virheemme.", by="anna", public=True)
    shop.settle()
    before = (shop.steps(case), shop.told())
    with transaction.atomic():
        move_cursor(CURSOR, 0)
    shop.settle()
    assert PlanRun.objects.count() == 1
    assert (shop.steps(case), shop.told()) == before
