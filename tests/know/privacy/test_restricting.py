"""Restriction and ending: nothing goes to the restricted or by an ended consent, and both are told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from keskio.kernel.clock import MICROSECOND, VirtualClock
from keskio.kernel.sql import fetch
from keskio.know.api import facts_at, facts_of, find_or_create, give_consent
from keskio.know.consents import lapsed_lines
from keskio.know.contracts import ConsentRow
from keskio.know.feeds import customer_rows
from keskio.know.privacy.jobs import Lapsing
from keskio.know.privacy.models import Purpose
from keskio.know.privacy.restricting import Restrictions, release, restrict
from keskio.know.uniting import merge_customers, undo_merge
from keskio.talk.api import publish
from tests.know.privacy.test_unsubscribing import NEWS
from tests.talk.world import World

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
BY_EMAIL = (ConsentRow("marketing", "email"),)


def names_of(customer: int) -> list[str]:
    sql = "SELECT name FROM events_event WHERE customer_id = %s ORDER BY id"
    return [row[0] for row in fetch(sql, (customer,)) if row[0] != "customer.identified"]


def test_a_restricted_customer_is_sent_nothing_and_is_in_no_segment(clock: VirtualClock) -> None:
    world = World(clock)
    aino = world.person("aino", consents=BY_EMAIL)
    publish(NEWS)

    assert restrict(aino, by="admin", reason="disputes the data")
    assert not restrict(aino, by="admin", reason="again")
    world.tell("aino", "News Asked")
    world.settle()

    assert world.outbox.sent == []
    assert world.reasons_of("aino") == [("dropped", "restricted")]
    assert list(customer_rows([aino])) == []
    assert "customer.restricted" in names_of(aino)


def test_a_restriction_between_decision_and_hand_over_stops_the_letter(clock: VirtualClock) -> None:
    world = World(clock)
    aino = world.person("aino", consents=BY_EMAIL)
    publish(NEWS)
    world.tell("aino", "News Asked")
    world.run()

    restrict(aino, by="admin", reason="")
    world.settle()

    assert world.outbox.sent == []
    assert fetch("SELECT state, reason FROM talk_message") == [("withdrawn", "restricted")]


def test_a_release_lets_messages_go_again(clock: VirtualClock) -> None:
    world = World(clock)
    aino = world.person("aino", consents=BY_EMAIL)
    publish(NEWS)
    restrict(aino, by="admin", reason="")
    clock.advance(timedelta(minutes=1))

    assert release(aino, by="admin", reason="put right")
    world.tell("aino", "News Asked")
    world.settle()

    assert len(world.outbox.sent) == 1
    assert len(list(customer_rows([aino]))) == 1


def test_a_restriction_goes_with_the_person_through_merging_and_back(clock: VirtualClock) -> None:
    one, other = find_or_create([("crm", "1")]), find_or_create([("crm", "2")])
    restrict(one, by="admin", reason="")
    job = Restrictions()
    clock.advance(timedelta(minutes=1))

    merge = merge_customers(one, other)
    job.turn(clock.micros())
    assert list(customer_rows([other])) == []

    assert merge is not None
    undo_merge(merge)
    job.turn(clock.micros())
    assert [row[0] for row in customer_rows([one, other])] == [other]


def test_a_consent_ends_by_itself_set_wise_and_the_log_is_told(clock: VirtualClock) -> None:
    people = [find_or_create([("crm", str(n))]) for n in range(101, 106)]
    for customer in people:
        give_consent(customer, purpose="health", channel="sms", source="shop")
    give_consent(people[0], purpose="marketing", channel="sms", source="shop")
    clock.advance(365 * DAY + DAY)

    Lapsing().turn(clock.micros())

    assert {facts_of([c])[c].consents["health/sms"] for c in people} == {"expired"}
    assert facts_of([people[0]])[people[0]].consents["marketing/sms"] == "given"
    assert names_of(people[1]) == ["consent.given", "consent.expired"]
    given, ended = fetch(
        "SELECT at FROM know_consent WHERE customer_id = %s ORDER BY id", (people[1],)
    )
    assert ended[0] - given[0] == 365 * DAY // MICROSECOND
    assert lapsed_lines(clock.micros()) == []


def test_an_ended_consent_does_not_count_when_the_job_is_late(clock: VirtualClock) -> None:
    world = World(clock)
    Purpose.objects.create(key="marketing", title={"en": "Offers"}, lasts_days=30)
    aino = world.person("aino", consents=BY_EMAIL)
    publish(NEWS)
    world.tell("aino", "News Asked")
    world.run()

    clock.advance(31 * DAY)
    assert facts_of([aino])[aino].consents == {"marketing/email": "given"}
    assert facts_at([aino], clock.micros())[aino].consents == {"marketing/email": "expired"}
    world.settle()

    assert world.outbox.sent == []
    assert fetch("SELECT reason FROM talk_message") == [("permission_expired",)]


def test_a_consent_given_again_lasts_from_then_on(clock: VirtualClock) -> None:
    aino = find_or_create([("crm", "1")])
    give_consent(aino, purpose="health", channel="sms", source="shop")
    clock.advance(300 * DAY)
    assert give_consent(aino, purpose="health", channel="sms", source="shop")
    clock.advance(100 * DAY)

    Lapsing().turn(clock.micros())

    assert facts_of([aino])[aino].consents == {"health/sms": "given"}
