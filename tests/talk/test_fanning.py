"""One event of a catalogue and the thousands of customers it concerns: who is invited, to what, how often."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from django.db import transaction

from keskio.engine.dialogue.catalogue import read_catalogue
from keskio.engine.interests import Match, Things, interests_of
from keskio.events.api import append_events
from keskio.events.contracts import NewEvent
from keskio.kernel.clock import VirtualClock
from keskio.kernel.sql import fetch
from keskio.know.api import import_people
from keskio.know.contracts import ConsentRow, NewPerson
from keskio.talk.api import add_offer, publish_playbook
from keskio.talk.documents import compile_text, playbook_text
from keskio.talk.fanning import FanOuts

INVITED = "SELECT customer_id, body FROM events_event WHERE name = 'dialogue.invited' ORDER BY id"


def product(clock: VirtualClock, name: str, *tags: str) -> None:
    """Let the catalogue tell of a new product."""
    told = {"name": name, "url": f"https://ketju.example/{name}", "tags": list(tags)}
    body = msgspec.json.encode({"properties": told}).decode()
    at = clock.micros()
    with transaction.atomic():
        append_events([NewEvent(0, "Product Added", at, body, received_at=at)])


def people(count: int, **traits: Any) -> None:
    """Make customers who allow marketing by e-mail and have these interests."""
    first = fetch("SELECT coalesce(max(id), 0) FROM know_customer")[0][0]
    import_people(
        [
            NewPerson(
                (("user_id", f"u{first + n}"), ("email", f"u{first + n}@example.com")),
                {"email": f"u{first + n}@example.com", "language": "fi", **traits},
                (ConsentRow("marketing", "email"),),
            )
            for n in range(count)
        ]
    )


def fan(job: FanOuts, clock: VirtualClock) -> int:
    """Let the job work until it rests; return how many turns had something to do."""
    turns = 0
    while job.turn(clock.micros()):
        turns += 1
        assert turns < 1000
    return turns


def invitations() -> dict[int, list[str]]:
    """Return the products that each customer has been invited to, in order."""
    found: dict[int, list[str]] = {}
    for customer, body in fetch(INVITED):
        found.setdefault(customer, []).append(msgspec.json.decode(body)["properties"]["name"])
    return found


@pytest.fixture
def shop(clock: VirtualClock) -> VirtualClock:
    clock.turn_to(datetime(2026, 3, 2, 8, 0, tzinfo=UTC))
    add_offer("free-delivery", title={"fi": "Ilmainen toimitus"}, prefix="VAPAA", per_customer=100)
    publish_playbook("new-stock")
    clock.advance(timedelta(minutes=1))
    return clock


@pytest.mark.django_db(transaction=True)
def test_thousands_get_the_best_match_once_in_slices(shop: VirtualClock) -> None:
    people(1500, interests=["Jazz", "film noir"])
    people(1000, bought_genres={"rock": 3, "jazz": 1})
    people(500, interests=["opera"])
    job = FanOuts(size=700)
    product(shop, "jazz-lp", "jazz")
    product(shop, "noir-dvd", "Film Noir", "jazz")
    product(shop, "rock-lp", "rock")
    fan(job, shop)
    assert invitations() == {}  # what comes within the hour competes
    shop.advance(timedelta(hours=1))
    assert fan(job, shop) == 6  # five slices and the end
    found = invitations()
    everybody = [row[0] for row in fetch("SELECT id FROM know_customer ORDER BY id")]
    assert [found.get(everybody[n]) for n in (0, 1499, 1500, 2499, 2500)] == [
        ["noir-dvd"],
        ["noir-dvd"],
        ["rock-lp"],
        ["rock-lp"],
        None,
    ]
    assert len(found) == 2500
    assert fetch("SELECT reached, invited FROM talk_fanout") == [(everybody[-1], 2500)]
    assert fan(job, shop) == 0


@pytest.mark.django_db(transaction=True)
def test_another_worker_goes_on_where_the_first_died_and_nobody_is_invited_twice(
    shop: VirtualClock,
) -> None:
    people(1000, interests="jazz")
    product(shop, "jazz-lp", "jazz")
    first, second = FanOuts(size=300), FanOuts(size=300)
    first.turn(shop.micros())
    shop.advance(timedelta(hours=1))
    first.turn(shop.micros())
    second.turn(shop.micros())
    assert len(invitations()) == 600
    fan(second, shop)
    assert {len(names) for names in invitations().values()} == {1}
    assert len(invitations()) == 1000


@pytest.mark.django_db(transaction=True)
def test_what_was_told_before_the_dialogue_lived_is_not_fanned_out(clock: VirtualClock) -> None:
    clock.turn_to(datetime(2026, 3, 2, 8, 0, tzinfo=UTC))
    people(10, interests=["jazz"])
    product(clock, "old", "jazz")
    clock.advance(timedelta(days=1))
    publish_playbook("new-stock")
    clock.advance(timedelta(minutes=1))
    job = FanOuts()
    fan(job, clock)
    product(clock, "new", "jazz")
    fan(job, clock)
    clock.advance(timedelta(hours=2))
    fan(job, clock)
    assert {name for names in invitations().values() for name in names} == {"new"}


def test_the_greatest_score_wins_and_the_first_among_equals() -> None:
    things = Things([["jazz"], ["rock", "jazz"], "JAZZ ", None])
    assert things.best_for({"jazz": 1.0}) == Match(0, 1.0, ("jazz",))
    assert things.best_for({"jazz": 1.0, "rock": 1.0}) == Match(1, 2.0, ("jazz", "rock"))
    assert things.best_for({"rock": 0.5, "jazz": 1.0}, at_least=2) == Match(
        1, 1.5, ("jazz", "rock")
    )
    assert things.best_for({"opera": 9.0}) is None


def test_interests_of_several_traits_count_once_with_their_greatest_weight() -> None:
    traits = {"interests": ["Jazz", " "], "bought": {"jazz": 4, "rock": 0}, "age": 40}
    assert interests_of(traits, ("interests", "bought", "age", "none")) == {"jazz": 4.0}


def test_a_dialogue_says_of_its_catalogue_what_it_hears() -> None:
    program, _findings = compile_text(playbook_text("new-stock"))
    assert program is not None
    told = program.trigger.catalogue
    assert told is not None
    assert told.hears("Product Added", {})
    assert not told.hears("Order Completed", {})
    assert (told.rest, told.gather) == (7 * 24 * 3_600_000_000, 3_600_000_000)


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        ({"tags": "tags"}, "needs event"),
        ({"event": "X"}, "either interests or following"),
        ({"event": "X", "interests": "a", "tagz": 1}, "no field tagz"),
        ({"event": "X", "interests": "a", "rest": "1 month"}, "weeks, days"),
        ({"event": "X", "following": {"event": "Y"}}, "event and its"),
    ],
)
def test_what_cannot_be_read_is_said(told: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        read_catalogue(told)
