"""People in a dialogue who are merged meanwhile, and parted again."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from keskio.channels.api import make_reference
from keskio.engine.pressure import Cap, Rules
from keskio.engine.times import DAY
from keskio.events.contracts import LoggedEvent
from keskio.kernel.clock import VirtualClock
from keskio.know.uniting import merge_customers, undo_merge
from keskio.talk.api import add_offer, publish_playbook, set_rules
from keskio.talk.had import had_by
from keskio.talk.ledger import referred
from keskio.talk.models import Enrolment, Message
from keskio.talk.runner import _read_body
from tests.talk.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(clock: VirtualClock) -> World:
    clock.turn_to(datetime(2012, 9, 1, 6, 0, tzinfo=UTC))
    add_offer("winter-bicycle-20", title={"fi": "Talvipyörät -20 %"}, prefix="TALVI")
    publish_playbook("stop-confirmation")
    publish_playbook("bicycle-autumn-service")
    return World(clock)


def enrolments() -> list[tuple[object, ...]]:
    return list(Enrolment.objects.order_by("id").values_list("customer_id", "step", "status"))


def test_who_was_asked_before_a_merge_is_heard_after_it(world: World) -> None:
    aino = world.person("aino")
    world.wait(days=10)
    known = world.person("eero", consents=())
    merge_customers(aino, known)
    world.people["both"] = known

    world.reply("both", "A")
    world.settle()

    assert (world.steps_to("aino"), world.steps_to("both")) == (["invite"], ["thank"])
    rows = Enrolment.objects.values_list("customer_id", "record_id", "status")
    assert list(rows) == [(known, aino, 0)]


def test_an_answer_to_the_message_of_a_passage_set_aside_goes_to_the_one_that_goes_on(
    world: World,
) -> None:
    aino, eero = world.person("aino"), world.person("eero")
    world.wait(days=10)
    asked = {sent.to: sent.message for sent in world.outbox.sent}
    merge_customers(aino, eero)
    world.people["both"] = eero
    world.settle()
    kept = Enrolment.objects.get(status=0)
    aside = next(m for m in Message.objects.all() if m.enrolment_id != kept.pk)
    assert aside.pk in asked.values()

    world.reply("both", "A", reference=make_reference(aside.pk, aside.customer_id))
    world.settle()

    kept.refresh_from_db()
    assert kept.step == "call"


def test_parting_leaves_enrolments_as_they_were(world: World) -> None:
    aino, eero = world.person("aino"), world.person("eero")
    world.wait(days=10)
    before = enrolments()

    merge = merge_customers(aino, eero)
    world.settle()
    undo_merge(merge or 0)
    world.settle()

    assert enrolments() == before
    world.reply("aino", "A")
    world.settle()
    assert (world.steps_to("aino"), world.steps_to("eero")) == (["invite", "thank"], ["invite"])


def test_the_runner_does_not_hear_its_own_word() -> None:
    def told(by: str) -> LoggedEvent:
        body = f'{{"properties":{{"by":"{by}"}},"traits":{{"plan":"gold"}}}}'
        return LoggedEvent(1, 7, "customer.updated", 5, body, 5, 0, "", 7)

    assert [
        customer for customer, _ in referred([told("dialogue"), told("staff")], _read_body)
    ] == [7]


def test_what_was_had_under_a_merged_number_counts_towards_caps(world: World) -> None:
    set_rules(Rules(caps=(Cap(limit=1, window=7 * DAY),)), by="test")
    visitor = world.person("visitor")
    world.wait(days=10)
    assert world.steps_to("visitor") == ["invite"]
    known = world.person("known", consents=())
    merge_customers(visitor, known)

    assert [len(contacts) for contacts in had_by([known, visitor], 0).values()] == [1, 1]
