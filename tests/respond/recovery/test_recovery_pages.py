"""Pages of recovery: plans and their budgets, approvals, what is done in a case, results, and roles."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client, RequestFactory
from django.urls import reverse

from keskio.kernel.clock import VirtualClock
from keskio.respond.recovery import actions, offering
from keskio.respond.recovery.documents import plan_schema
from keskio.respond.recovery.models import Compensation, PlanRun
from keskio.respond.recovery.panels import draw_plan
from keskio.respond.recovery.queries import plan_of, plan_text
from keskio.respond.recovery.results import results
from keskio.web.api import create_user
from tests.respond.recovery.shop import Shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(signed_in: Callable[..., Client]) -> Client:
    return signed_in("admin")


@pytest.fixture
def shop(clock: VirtualClock) -> Shop:
    return Shop(clock)


def test_plans_are_listed_with_budgets_and_approvals(boss: Client, shop: Shop) -> None:
    customer = shop.customer("eero")
    offering.offer(shop.pay(shop.complain(customer)).pk, by="anna")
    shop.pay(shop.complain(customer))
    text = boss.get(reverse("recovery:plans")).content.decode()
    assert text.count('id="plan-') == 5
    assert 'value="approve"' in text


def test_without_plans_the_ready_ones_are_offered(boss: Client, clock: VirtualClock) -> None:
    assert 'class="empty"' in boss.get(reverse("recovery:plans")).content.decode()
    assert boss.post(reverse("recovery:add_ready")).status_code == 302
    assert boss.get(reverse("recovery:plans")).content.decode().count('id="plan-') == 5


def test_a_second_person_decides(boss: Client, shop: Shop) -> None:
    customer = shop.customer("eero")
    offering.offer(shop.pay(shop.complain(customer)).pk, by="anna")
    first = shop.pay(shop.complain(customer))
    second = shop.pay(shop.complain(customer))
    boss.post(reverse("recovery:decide", args=[first.pk]), {"answer": "approve"})
    boss.post(reverse("recovery:decide", args=[second.pk]), {"answer": "refuse"})
    states = Compensation.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["offered", "approved", "refused"]


def test_a_plan_is_changed_in_its_text(boss: Client, shop: Shop) -> None:
    place = reverse("recovery:plan", args=["occasional-customer"])
    assert boss.get(place).status_code == 200
    text = plan_text("occasional-customer")
    save = reverse("recovery:save", args=["occasional-customer"])
    wrong = boss.post(save, {"text": text.replace("euros: 20", "euros: kaksi")})
    assert wrong.status_code == 422
    assert "compensation.euros" in wrong.content.decode()
    public = text.replace("Hoidamme asian kanssasi", "Hyvitämme 20 € ja hoidamme asian kanssasi")
    assert "steps.acknowledge.public" in boss.post(save, {"text": public}).content.decode()
    check = reverse("recovery:check", args=["occasional-customer"])
    assert boss.post(check, {"text": text.replace("euros: 20", "euros: 15")}).status_code == 200
    assert plan_of("occasional-customer").compensation.cents == 2000  # type: ignore[union-attr]
    assert boss.post(save, {"text": text.replace("euros: 20", "euros: 15")}).status_code == 302
    assert plan_of("occasional-customer").compensation.cents == 1500  # type: ignore[union-attr]
    budget = reverse("recovery:budget", args=["occasional-customer"])
    boss.post(budget, {"priority": "65", "euros": "12.5", "month": "800"})
    plan = plan_of("occasional-customer")
    assert plan.compensation is not None
    assert (plan.priority, plan.compensation.cents, plan.compensation.month) == (65, 1250, 80000)
    boss.post(reverse("recovery:switch", args=["occasional-customer"]), {"on": "no"})
    shop.complain(shop.customer("eero"))
    assert PlanRun.objects.count() == 0
    assert boss.get(reverse("recovery:plan", args=["nothing"])).status_code == 404


def test_a_new_plan(boss: Client, clock: VirtualClock) -> None:
    place = reverse("recovery:new")
    text = boss.get(place).context["form"].initial["text"]
    assert boss.post(place, {"text": "keskio: nothing/1"}).status_code == 422
    assert boss.post(reverse("recovery:check_new"), {"text": text}).status_code == 200
    assert boss.post(place, {"text": text}).status_code == 302
    again = boss.post(place, {"text": text})
    assert again.status_code == 422  # the key is taken
    assert plan_of("my-plan").key == "my-plan"


def test_who_is_regular_is_edited(boss: Client, clock: VirtualClock) -> None:
    place = reverse("recovery:kinds")
    assert boss.get(place).status_code == 200
    assert boss.post(place, {"text": "keskio: customer-kinds/1"}).status_code == 422
    right = "keskio: customer-kinds/1\nregular: {trait: town, is: Oulu}\n"
    assert boss.post(place, {"text": right}).status_code == 302


def test_the_schema_names_every_field(boss: Client) -> None:
    told = boss.get(reverse("recovery:schema")).json()
    assert told == plan_schema()
    assert set(told["required"]) == {"keskio", "key", "title", "steps"}


def test_the_card_of_a_case(boss: Client, shop: Shop, rf: RequestFactory) -> None:
    request = rf.get("/")
    request.user = User.objects.get()
    question = shop.complain(shop.customer("aino"), kind="question")
    assert "recovery-plan" in draw_plan(request, question)
    case = shop.complain(shop.customer("eero"))
    drawn = draw_plan(request, case)
    assert drawn.count('data-ready-text="public"') == 1
    assert drawn.count('data-ready-text="private"') == 2


def test_a_case_is_put_right_on_its_card(boss: Client, shop: Shop) -> None:
    case = shop.complain(shop.customer("eero"))
    tick = reverse("recovery:tick", args=[case.pk])
    boss.post(tick, {"step": "acknowledge", "note": "Soitettu"})
    boss.post(tick, {"step": "private", "skip": "yes"})
    assert shop.steps(case)[:2] == [("acknowledge", "done"), ("private", "skipped")]
    boss.post(reverse("recovery:ask", args=[case.pk]))
    paid = Compensation.objects.get()
    boss.post(reverse("recovery:offer", args=[paid.pk]), {"text": "Ilman koodia"})
    paid.refresh_from_db()
    assert paid.state == "approved"  # the code must be told
    boss.post(reverse("recovery:offer", args=[paid.pk]), {"text": ""})
    boss.post(reverse("recovery:close_offer", args=[paid.pk]), {"answer": "accepted"})
    paid.refresh_from_db()
    assert paid.state == "accepted"
    boss.post(reverse("recovery:ask", args=[case.pk]))
    assert Compensation.objects.count() == 1
    other = shop.complain(shop.customer("ville"))
    boss.post(reverse("recovery:begin", args=[other.pk]), {"kind": "made_up"})
    assert shop.run(other).plan == "made-up-claim"
    assert boss.post(reverse("recovery:tick", args=[999])).status_code == 404
    assert boss.post(reverse("recovery:offer", args=[999])).status_code == 404


def test_results_are_told_with_what_they_are_worth(boss: Client, shop: Shop) -> None:
    assert 'class="empty"' in boss.get(reverse("recovery:results")).content.decode()
    for number in range(3):
        case = shop.complain(shop.customer(f"c{number}"))
        if number:
            offering.offer(shop.pay(case).pk, by="anna")
        actions.end(shop.run(case), at=shop.clock.micros())
        PlanRun.objects.filter(case_id=case.pk).update(satisfied=number / 2)
    shop.clock.advance(timedelta(days=91))
    (found,) = results()
    assert (found.plan, found.ended, found.cents) == ("occasional-customer", 3, 4000)
    assert (found.satisfied.goals, found.satisfied.n) == (1, 3)
    assert (found.bought.goals, found.bought.n) == (0, 3)
    assert found.satisfied_more.found is None
    assert boss.get(reverse("recovery:results")).status_code == 200


def test_an_editor_runs_plans_but_changes_none(client: Client, shop: Shop) -> None:
    create_user("webcare", password="correct-horse-85", role="editor")
    client.force_login(User.objects.get(username="webcare"))
    customer = shop.customer("eero")
    case = shop.complain(customer)
    client.post(reverse("recovery:ask", args=[case.pk]))
    assert Compensation.objects.count() == 1
    key = ["occasional-customer"]
    for name, args in (
        *(("save", key), ("check", key), ("budget", key), ("switch", key)),
        *(("decide", [1]), ("new", []), ("kinds", []), ("add_ready", [])),
    ):
        assert client.post(reverse(f"recovery:{name}", args=args)).status_code == 403
    assert client.get(reverse("recovery:plans")).status_code == 200


def test_a_reader_does_nothing(client: Client, shop: Shop) -> None:
    create_user("lukija", password="correct-horse-85", role="reader")
    client.force_login(User.objects.get(username="lukija"))
    case = shop.complain(shop.customer("eero"))
    for name in ("ask", "tick", "begin"):
        assert client.post(reverse(f"recovery:{name}", args=[case.pk])).status_code == 403
    assert Compensation.objects.count() == 0
