"""Rows taken in by the chunk give what the same rows give one after another by the rules."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from keskio.events.api import append_events
from keskio.events.contracts import Envelope, NewEvent
from keskio.kernel.clock import VirtualClock, now_micros
from keskio.kernel.sql import fetch
from keskio.know.absorbing import absorb
from keskio.know.actions import record_lines, withdraw_consent
from keskio.know.api import customer_by, find_or_create, import_people
from keskio.know.bulk import CHANGED, NEW, NOBODY, UNCHANGED, take_in
from keskio.know.consents import Line
from keskio.know.contracts import ConsentRow, NewPerson
from keskio.know.ledger import place, resolve
from tests.know.cast import browser

pytestmark = pytest.mark.django_db

AINO = NewPerson(
    (("crm", "K1"), ("email", "Aino@Example.com"), ("phone", "040 123 4567")),
    {"firstName": "Aino", "lastName": "Virtanen", "city": "Tampere", "language": "fi-FI"},
    (ConsentRow("marketing", "email", text_version="2026-1"),),
)
EERO = NewPerson((("email", "eero@example.com"),), {"name": "Eero", "gone": None})


def one_by_one(people: list[NewPerson]) -> None:
    """The rules, a row at a time: what the chunk has to come to."""
    for person in people:
        at = now_micros()
        body = msgspec.json.encode({"properties": {}, "context": {}, "traits": person.traits})
        envelope = Envelope(
            "customer.identified", at, at, 0, "", person.identifiers, body.decode(), person.traits
        )
        with transaction.atomic():
            newest = fetch("SELECT coalesce(max(id), 0) FROM know_customer")[0][0]
            placed = place([envelope])
            customer = placed.customers[0]
            if not customer:
                continue
            known = msgspec.json.decode(
                fetch("SELECT traits FROM know_customer WHERE id = %s", (customer,))[0][0]
            )
            events = []
            is_news = any(known.get(name) != told for name, told in person.traits.items())
            if is_news or customer > newest:
                absorb([envelope], placed)
                events = [NewEvent(customer, envelope.name, at, envelope.body)]
            lines = [
                Line(customer, c.purpose, c.channel, c.state, at, "import", "import")
                for c in person.consents
            ]
            append_events(events + record_lines(lines))


def state() -> dict[str, Any]:
    """Everything that is known, by the customer's identifiers in the place of its number."""
    links: dict[int, list[tuple[Any, ...]]] = {}
    for customer, *link in fetch(
        "SELECT customer_id, type, value, is_proven, ended_at IS NULL, refused FROM know_link"
        " ORDER BY type, value, id"
    ):
        links.setdefault(customer, []).append(tuple(link))
    events: dict[int, list[Any]] = {}
    for customer, name, body in fetch(
        "SELECT customer_id, name, body FROM events_event ORDER BY id"
    ):
        told = msgspec.json.decode(body)
        told.get("properties", {}).pop("customer", None), told.get("properties", {}).pop("into", 0)
        told.get("properties", {}).pop("merge", None)
        events.setdefault(customer, []).append((name, told))
    for theirs in events.values():  # a chunk tells what is known first, and then what is allowed
        theirs.sort(key=lambda event: event[0].startswith("consent."))
    lines: dict[int, list[Any]] = {}
    for customer, *line in fetch(
        "SELECT customer_id, purpose, channel, state, cause FROM know_consent ORDER BY id"
    ):
        lines.setdefault(customer, []).append(tuple(line))
    known = {}
    for number, known_at, merged, *row, traits, times, consents in fetch(
        "SELECT id, known_at IS NULL, merged_into_id IS NULL, name, email, phone, language, zone,"
        " search, traits, trait_times, consents FROM know_customer"
    ):
        key = str(links.get(number, []))
        known[key] = (
            known_at,
            merged,
            *row,
            msgspec.json.decode(traits),
            sorted(msgspec.json.decode(times)),
            msgspec.json.decode(consents),
            events.get(number, []),
            lines.get(number, []),
        )
    return known


def test_a_chunk_tells_what_became_of_each_row() -> None:
    first = take_in([AINO, EERO, AINO, NewPerson(())])
    again = take_in([AINO, EERO])
    moved = take_in([msgspec.structs.replace(AINO, traits={"city": "Turku"})])

    assert first.states == [NEW, NEW, UNCHANGED, NOBODY]
    assert first.customers[0] == first.customers[2] != first.customers[1]
    assert (again.customers, again.states) == (first.customers[:2], [UNCHANGED, UNCHANGED])
    assert moved.states == [CHANGED]


def test_the_same_rows_again_write_nothing(clock: VirtualClock) -> None:
    import_people([AINO, EERO])
    before = fetch("SELECT * FROM know_customer ORDER BY id")
    clock.turn_to(clock.micros() + 1_000_000)

    import_people([AINO, EERO])

    assert fetch("SELECT * FROM know_customer ORDER BY id") == before
    assert fetch("SELECT count(*) FROM events_event") == [(3,)]


def test_a_row_older_than_what_is_known_changes_nothing(clock: VirtualClock) -> None:
    import_people([AINO])
    old = msgspec.structs.replace(AINO, traits={"city": "Oulu"}, at=clock.micros() - 1)

    taken = take_in([old])

    assert taken.states == [UNCHANGED]


def test_a_consent_withdrawn_is_not_given_back_by_an_older_row(clock: VirtualClock) -> None:
    import_people([AINO])
    aino = customer_by("crm", "K1") or 0
    clock.turn_to(clock.micros() + 1_000_000)
    withdraw_consent(aino, purpose="marketing", channel="email", source="test")
    old = ConsentRow("marketing", "email", at=clock.micros() - 500)

    taken = take_in([msgspec.structs.replace(AINO, consents=(old,))])

    assert taken.states == [UNCHANGED]
    assert fetch("SELECT consents FROM know_customer") == [('{"marketing/email":"withdrawn"}',)]


VALUES = st.sampled_from(["1", "2", "3"])
PAIRS = st.one_of(
    st.tuples(st.just("crm"), VALUES),
    st.tuples(st.just("email"), VALUES.map(lambda n: f"P{n}@example.com")),
    st.tuples(st.just("email"), st.sampled_from(["info@firma.fi", "noreply@firma.fi"])),
    st.tuples(st.just("user_id"), st.sampled_from(["1", "null"])),
    st.tuples(st.just("phone"), VALUES.map(lambda n: f"040 123 456{n}")),
    st.tuples(st.just("anonymous_id"), VALUES),
    st.just(("email", "nonsense")),
)
TRAITS = st.dictionaries(
    st.sampled_from(["name", "city", "email", "language"]),
    st.sampled_from(["fi", "p2@example.com", None, "Aino"]),
    max_size=3,
)
CONSENTS = st.lists(
    st.builds(
        ConsentRow,
        st.just("marketing"),
        st.sampled_from(["sms", "email"]),
        st.sampled_from(["given", "denied"]),
    ),
    max_size=2,
).map(tuple)
PEOPLE = st.lists(
    st.builds(NewPerson, st.lists(PAIRS, max_size=3, unique=True).map(tuple), TRAITS, CONSENTS),
    min_size=1,
    max_size=7,
)


def _empty() -> None:
    for table in ("know_customer", "know_link", "know_consent", "events_event", "know_merge"):
        fetch(f"DELETE FROM {table} WHERE 1 = 1 RETURNING 1")


def _seed() -> None:
    resolve([browser(anonymous="1", email="p1@example.com", at=now_micros())])
    find_or_create([("crm", "2"), ("anonymous_id", "2")])


@given(people=PEOPLE, cut=st.integers(1, 7))
def test_chunks_come_to_what_the_rules_say(people: list[NewPerson], cut: int) -> None:
    for taking in (one_by_one, None):
        _empty()
        _seed()
        if taking:
            taking(people)
            expected = state()
            continue
        for at in range(0, len(people), cut):
            with transaction.atomic():
                take_in(people[at : at + cut])
        assert state() == expected
