"""Recommendations among friends: how many of a customer's friends have recommended the same product.

Who is whose friend stands in the trait `friends` of both, a list of the user ids that a shop or a social
profile knows them by; one who names the other without being named is no friend. When somebody
recommends a product (`Product Recommended {product, name, url}`), each friend of theirs hears of it as
the event `friends.recommended {product, name, url, friends, named, others}`: `friends` counts those who
have recommended it within a year, `named` holds the first names of two of them who have given the
consent `naming`, the latest first, and `others` is the rest. Whoever has recommended or bought the
product already does not hear of it. A dialogue says by its trigger from how many friends on it cares.

Set-wise: a batch of recommendations costs a dozen queries, however many friends there are. Nothing is done
while no live dialogue listens.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import msgspec
from django.db import transaction

from keskio.engine.conditions import Needs
from keskio.engine.dialogue.facts import Facts
from keskio.events.api import append_events, cursor_of, events_named, move_cursor, place_at
from keskio.events.contracts import LoggedEvent, NewEvent
from keskio.kernel.clock import Micros
from keskio.kernel.sql import fetch
from keskio.know.api import facts_of, find_owners, people_of
from keskio.talk.programs import Programs
from keskio.talk.store import text_of

CURSOR = "talk.friends"
RECOMMENDED, BOUGHT, HEARD = "Product Recommended", "Order Completed", "friends.recommended"
FRIENDS, NAMING = "friends", "naming/"
BATCH = 200
LOOKED_THROUGH = 200_000
YEAR = 365 * 24 * 3600 * 1_000_000
NAMED = 2
SINCE = "SELECT min(published_at) FROM talk_version WHERE dialogue_id = %s"
KNOWN = Needs(traits=frozenset({FRIENDS, "first_name"}), events={RECOMMENDED: YEAR, BOUGHT: YEAR})
Circle: TypeAlias = frozenset[int]


class _Body(msgspec.Struct, gc=False):
    properties: dict[str, Any] = {}


_read_body = msgspec.json.Decoder(_Body).decode


class FriendsFollower:
    """A job: follows recommendations and tells the friends of those who make them."""

    name = "friends"

    def __init__(self) -> None:
        self.programs = Programs()

    def turn(self, now: Micros) -> bool:
        """Take one batch of recommendations; True when there may be more."""
        self.programs.refresh()
        listening = self.programs.entered_by(HEARD)
        if not listening:
            return False
        since = min(fetch(SINCE, (loaded.dialogue,))[0][0] for loaded in listening)
        position = cursor_of(CURSOR) or place_at(since)
        events, reached = events_named(
            [RECOMMENDED], after=position, limit=BATCH, upto=position + LOOKED_THROUGH
        )
        if reached == position:
            return False
        fresh = [event for event in events if event.customer and event.received_at >= since]
        with transaction.atomic():
            append_events(heard(fresh, now) if fresh else [])
            move_cursor(CURSOR, reached)
        return bool(events) or reached - position == LOOKED_THROUGH


def heard(events: Sequence[LoggedEvent], now: Micros) -> list[NewEvent]:
    """Return what the friends of those who recommend in `events` hear: one event a friend and product."""
    people = people_of({event.customer for event in events})
    products: dict[str, tuple[LoggedEvent, dict[str, Any]]] = {}
    told: dict[int, set[str]] = {}
    for event in events:
        properties = _read_body(event.body).properties
        product = str(properties.get("product", ""))
        if product and event.customer in people:
            products[product] = (event, properties)
            told.setdefault(people[event.customer].id, set()).add(product)
    friends = _friends_of(set(told), now)
    around = {one: circle for one, circle in friends.items() if not circle.isdisjoint(told)}
    known = facts_of({*around, *(f for c in around.values() for f in c)}, KNOWN, now=now)
    found = []
    for friend in sorted(around):
        mutual = around[friend] & told.keys()
        for product in sorted({product for one in mutual for product in told[one]}):
            if _has(known.get(friend), (RECOMMENDED, BOUGHT), product):
                continue
            event, properties = products[product]
            report = _report(around[friend], product, known)
            body = text_of({"properties": {**properties, **report}})
            found.append(NewEvent(friend, HEARD, event.at, body, received_at=now))
    return found


def _friends_of(tellers: Collection[int], now: Micros) -> dict[int, Circle]:
    """Return those whom `tellers` name, each with the circle of all who are their friends.

    Friends are those who name each other.
    """
    named = _circles_of(tellers, now)
    circles = _circles_of({one for circle in named.values() for one in circle}, now)
    back = _circles_of({one for circle in circles.values() for one in circle}, now)
    return {
        one: frozenset(friend for friend in circle if one in back.get(friend, ()))
        for one, circle in circles.items()
    }


def _circles_of(customers: Collection[int], now: Micros) -> dict[int, Circle]:
    """Return whom each of `customers` names as friends, as those are now. Three queries."""
    if not customers:
        return {}
    named = {
        customer: _ids(facts.traits.get(FRIENDS))
        for customer, facts in facts_of(
            customers, Needs(traits=frozenset({FRIENDS})), now=now
        ).items()
    }
    pairs = {("user_id", one) for ids in named.values() for one in ids}
    owners = find_owners(pairs).owners if pairs else {}
    people = people_of(set(owners.values()))
    whose = {
        value: people[record].id for (_kind, value), record in owners.items() if record in people
    }
    return {
        customer: frozenset(whose[one] for one in ids if one in whose) - {customer}
        for customer, ids in named.items()
    }


def _ids(told: object) -> list[str]:
    return [str(one) for one in told] if isinstance(told, list) else []


def _report(circle: Circle, product: str, known: Mapping[int, Facts]) -> dict[str, Any]:
    """Return how many of a circle have recommended the product, and who may be named."""
    when = {
        one: max(at for at in _moments(known[one], product))
        for one in circle
        if _has(known.get(one), (RECOMMENDED,), product)
    }
    latest = sorted(when, key=lambda one: (-when[one], one))
    names = [
        str(known[one].traits.get("first_name", "")) for one in latest if _may_name(known[one])
    ]
    named = [name for name in names if name][:NAMED]
    return {
        "product": product,
        "friends": len(when),
        "named": named,
        "others": len(when) - len(named),
    }


def _moments(facts: Facts, product: str) -> Iterable[int]:
    for happening in facts.events.get(RECOMMENDED, ()):
        if str(happening.properties.get("product", "")) == product:
            yield happening.at


def _has(facts: Facts | None, names: Iterable[str], product: str) -> bool:
    return facts is not None and any(
        str(happening.properties.get("product", "")) == product
        for name in names
        for happening in facts.events.get(name, ())
    )


def _may_name(facts: Facts) -> bool:
    return any(state == "given" and key.startswith(NAMING) for key, state in facts.consents.items())
