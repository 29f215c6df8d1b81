"""When a plan's follow-up time comes, it is asked whether the matter was put right: once, by who is there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

import pytest

from keskio.engine.recovery_reading import read_plan
from keskio.kernel.clock import VirtualClock
from keskio.kernel.yamls import read_yaml
from keskio.listen.surveys.actions import publish_survey
from keskio.listen.surveys.ready_made import ready_text
from keskio.respond.actions import complete_task, decline_task
from keskio.respond.inbox.actions import close, reopen
from keskio.respond.inbox.models import Case, Entry
from keskio.respond.models import Task
from keskio.respond.recovery import actions
from keskio.respond.recovery.documents import ready_texts
from keskio.talk.api import publish_built_in, publish_playbook
from tests.respond.recovery.shop import Shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(clock: VirtualClock) -> Shop:
    return Shop(clock)


def closed(shop: Shop, name: str = "eero") -> Case:
    case = shop.complain(shop.customer(name), severity=1)
    close(case.pk, by="anna")
    shop.settle()
    return case


def later(shop: Shop, **span: float) -> None:
    shop.clock.advance(timedelta(**span))
    shop.settle()
    shop.settle()


def test_a_person_asks_at_the_plans_time_where_no_dialogue_does(shop: Shop) -> None:
    case = closed(shop)
    later(shop, days=2, hours=23)
    assert shop.told() == ["recovery.begun", "recovery.ended"]

    later(shop, hours=1)

    assert shop.told() == ["recovery.begun", "recovery.ended", "recovery.follow_up"]
    task = Task.objects.get()
    assert (task.customer_id, task.step, task.is_open) == (case.customer_id, "follow-up", True)
    assert Entry.objects.filter(case=case, what="recovery_follow_up").count() == 1
    later(shop, days=9)
    assert Task.objects.count() == 1

    complete_task(task.pk, actor="anna", result="partly")
    shop.settle()
    assert shop.run(case).satisfied == 0.5
    assert dict(shop.steps(case))["survey"] == "done"


def test_who_could_not_be_asked_has_not_answered(shop: Shop) -> None:
    case = closed(shop)
    later(shop, days=3)
    decline_task(Task.objects.get().pk, actor="anna")
    shop.settle()

    assert shop.run(case).satisfied is None
    assert dict(shop.steps(case))["survey"] == "skipped"


def test_a_case_opened_again_is_asked_about_after_it_is_closed_anew(shop: Shop) -> None:
    case = closed(shop)
    later(shop, days=1)
    reopen(case.pk, by="anna")
    later(shop, days=5)
    assert "recovery.follow_up" not in shop.told()

    close(case.pk, by="anna")
    later(shop, days=2)
    assert "recovery.follow_up" not in shop.told()
    later(shop, days=1)
    assert shop.told().count("recovery.follow_up") == 1
    assert Task.objects.count() == 1


def test_each_plan_has_its_own_time_or_none(shop: Shop) -> None:
    text = ready_texts()["occasional-customer"]
    actions.save_plan(
        text.replace("follow_up: 3 days", "follow_up: 1 week"), by="s", key="occasional-customer"
    )
    week = closed(shop, "eero")
    run = shop.run(week)
    assert run.follow_up_at == shop.now() + timedelta(days=7)

    actions.save_plan(text.replace("follow_up: 3 days", ""), by="s", key="occasional-customer")
    never = closed(shop, "ville")
    assert shop.run(never).follow_up_at is None
    later(shop, days=30)
    assert shop.told().count("recovery.follow_up") == 1


def test_where_nobody_is_known_only_the_case_says_so(shop: Shop) -> None:
    text = ready_texts()["unknown-writer"]
    actions.save_plan(f"{text}\nfollow_up: 3 days\n", by="sari", key="unknown-writer")
    case = shop.complain(0, severity=1)
    close(case.pk, by="anna")
    shop.settle()

    later(shop, days=4)

    assert Entry.objects.filter(case=case, what="recovery_follow_up").count() == 1
    assert (Task.objects.count(), shop.told()) == (0, ["recovery.begun", "recovery.ended"])


def test_a_dialogue_asks_where_one_is_live(shop: Shop) -> None:
    publish_built_in()
    publish_survey(ready_text("put-right"))
    publish_playbook("was-it-put-right")
    closed(shop)
    later(shop, days=3)

    assert shop.told()[-1] == "recovery.follow_up"
    assert Task.objects.count() == 0


def test_working_hours_are_no_time_to_ask_in() -> None:
    document = cast("dict[str, Any]", read_yaml(ready_texts()["occasional-customer"]))
    _plan, found = read_plan({**document, "follow_up": {"working_hours": 2}})

    assert [(one.place, one.code) for one in found] == [("follow_up", "length")]
