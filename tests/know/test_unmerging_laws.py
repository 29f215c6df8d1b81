"""Merging and un-merging give back exactly what was, whatever was told before, between and after."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from keskio.events.api import append_events
from keskio.events.contracts import Envelope, NewEvent
from keskio.events.models import Event
from keskio.kernel.clock import to_micros
from keskio.kernel.ids import partition_of
from keskio.know.absorbing import absorb
from keskio.know.actions import record_lines, set_traits
from keskio.know.consents import Line
from keskio.know.folding import known_since, refold
from keskio.know.ledger import place
from keskio.know.models import Apart, Consent, Customer, Doubt, LedgerMark, Link, Merge
from keskio.know.queries import now_ids
from keskio.know.records import load_records
from keskio.know.uniting import merge_customers, undo_merge
from tests.know.cast import envelope

pytestmark = pytest.mark.django_db

PEOPLE = ("aino", "eero", "ville", "siiri")
WORLDS = {"tried": "1", "never": "2"}
ABOUT_MERGES = ("customer.merged", "customer.unmerged")
people = st.integers(0, len(PEOPLE) - 1)
instants = st.integers(1, 9)
told_traits = st.dictionaries(
    st.sampled_from(["plan", "name", "language", "email", "phone"]),
    st.sampled_from(
        [None, "fi", "gold", "Aino V", "x@example.com", "y@example.com", "01234", "05678"]
    ),
    min_size=1,
    max_size=3,
)


class World:
    """A house of its own inside the test's database: customers numbered apart from any other's.

    People are told of by their own user id alone, so that only hands merge them.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.records = {
            person: self.tell(person, {"userId": person}, at=1, is_trusted=True)
            for person in range(len(PEOPLE))
        }

    def tell(self, person: int, traits: dict[str, Any], *, at: int, is_trusted: bool) -> int:
        sent = {} if is_trusted else {"sent": {"trusted": False}}
        body = json.dumps({"properties": {}, "context": {}, "traits": traits, **sent})
        told = envelope(
            trusted=is_trusted,
            user=self._id(person),
            traits=self._own(person, traits),
            at=at,
            body=body,
        )
        body = json.dumps({"traits": told.traits, **sent})
        return self._take([Envelope(**{**_fields(told), "body": body})])

    def answer(self, person: int, keyword: str, at: int) -> None:
        properties = {"channel": "sms", "text": keyword, "keyword": keyword}
        body = json.dumps({"properties": properties})
        user = self._id(person)
        self._take([envelope(trusted=True, user=user, name="message.received", body=body, at=at)])

    def happen(self, person: int, at: int) -> None:
        self._take([envelope(trusted=False, user=self._id(person), name="Viewed", at=at)])

    def link(self, person: int, device: int) -> None:
        """A device of the person's own."""
        told = envelope(
            trusted=False, user=self._id(person), anonymous=f"{self.name}-d{person}-{device}"
        )
        self._take([told])

    def consent(self, person: int, state: str, at: int) -> None:
        record = self.records[person]
        customer = now_ids([record])[record]
        line = Line(
            customer,
            "marketing",
            "sms",
            state,
            at,
            "web",
            "form",
            record=None if record == customer else record,
        )
        append_events(record_lines([line]))

    def update(self, person: int, traits: dict[str, Any], at: int) -> None:
        set_traits({self.records[person]: self._own(person, traits)}, at=at)

    def merge(self, one: int, other: int) -> int | None:
        return merge_customers(self.records[one], self.records[other])

    def _take(self, told: list[Envelope]) -> int:
        placed = place(told)
        events = [
            NewEvent(c, e.name, e.at, e.body, e.received_at, e.source, e.message_id, r)
            for e, c, r in zip(told, placed.customers, placed.records, strict=True)
        ]
        append_events([*events, *absorb(told, placed)])
        return placed.records[0]

    def _id(self, person: int) -> str:
        return f"{self.name}-{PEOPLE[person]}"

    def _own(self, person: int, traits: dict[str, Any]) -> dict[str, Any]:
        """Addresses that nobody else tells, lest the ledger refuse them."""
        own = {"@": f"{self.name}-p{person}-", "0": f"0457{WORLDS[self.name]}{person}"}
        return {
            key: own["@"] + value
            if isinstance(value, str) and "@" in value
            else own["0"] + value[1:]
            if isinstance(value, str) and value[0] == "0"
            else value
            for key, value in traits.items()
        }

    def exported(self) -> list[dict[str, Any]]:
        """Everything that is known of everybody, by people instead of numbers."""
        person_of = {record: person for person, record in self.records.items()}
        return [
            json.loads(self._plain(json.dumps(self._person(record, person_of), default=str)))
            for record in self.records.values()
        ]

    def _plain(self, text: str) -> str:
        for start in ("0457", "+358457"):
            text = text.replace(f"{start}{WORLDS[self.name]}", start)
        return text.replace(f"{self.name}-", "")

    def _person(self, record: int, person_of: dict[int, int]) -> dict[str, Any]:
        row = Customer.objects.get(id=record)
        into = row.merged_into_id
        told: dict[str, Any] = {"into": None if into is None else person_of[into]}
        if into is None:
            for field in ("name", "email", "phone", "language", "zone", "search"):
                told[field] = getattr(row, field)
            for field in ("traits", "trait_times", "consents"):
                told[field] = json.loads(getattr(row, field))
            told["known"] = row.known_at is not None
        told["links"] = [
            (x.type, x.value, x.is_proven, x.source_id, x.message_id, _who(x.record_id, person_of))
            for x in Link.objects.filter(customer_id=record, ended_at=None).order_by("id")
        ]
        told["events"] = [
            (
                x.name,
                x.occurred_at,
                x.partition == partition_of(record),
                x.body,
                _who(x.record_id, person_of),
            )
            for x in Event.objects.filter(customer_id=record)
            .exclude(name__in=ABOUT_MERGES)
            .exclude(name__startswith="consent.")
            .order_by("id")
        ]
        return told


def _who(record: int | None, person_of: dict[int, int]) -> int | None:
    return None if record is None else person_of[record]


def _fields(told: Envelope) -> dict[str, Any]:
    return {name: getattr(told, name) for name in told.__struct_fields__}


class MergingMachine(RuleBasedStateMachine):
    """Two worlds are told the same; in one of them people are merged and later parted again."""

    def __init__(self) -> None:
        super().__init__()
        self.merges: dict[int, tuple[int, int]] = {}

    @initialize()
    def begin(self) -> None:
        for model in (Customer, Link, Merge, Event, LedgerMark, Consent, Apart, Doubt):
            model.objects.all().delete()
        self.tried = World("tried")
        self.never = World("never")

    @rule(person=people, traits=told_traits, at=instants, is_trusted=st.booleans())
    def tell(self, person: int, traits: dict[str, Any], at: int, is_trusted: bool) -> None:
        for world in (self.tried, self.never):
            world.tell(person, traits, at=at, is_trusted=is_trusted)

    @rule(person=people, traits=told_traits, at=instants)
    def update(self, person: int, traits: dict[str, Any], at: int) -> None:
        # What Keskiö tells itself is only told when it is news of the customer as she is: with both
        # worlds alike only while nobody is merged.
        if not self.merges:
            for world in (self.tried, self.never):
                world.update(person, traits, at)

    @rule(person=people, state=st.sampled_from(["given", "denied", "withdrawn"]), at=instants)
    def consent(self, person: int, state: str, at: int) -> None:
        for world in (self.tried, self.never):
            world.consent(person, state, at)

    @rule(person=people, word=st.sampled_from(["stop", "start"]), at=instants)
    def answer(self, person: int, word: str, at: int) -> None:
        for world in (self.tried, self.never):
            world.answer(person, word, at)

    @rule(person=people, at=instants, device=st.integers(1, 2))
    def visit(self, person: int, at: int, device: int) -> None:
        for world in (self.tried, self.never):
            world.happen(person, at)
            world.link(person, device)

    @rule(one=people, other=people)
    def merge(self, one: int, other: int) -> None:
        number = self.tried.merge(one, other)
        if number is not None:
            self.merges[number] = (one, other)

    @rule(data=st.data())
    def part(self, data: st.DataObject) -> None:
        if self.merges:
            number = data.draw(st.sampled_from(sorted(self.merges)))
            assert undo_merge(number) is not None
            assert undo_merge(number) is None
            del self.merges[number]

    @invariant()
    def rows_are_what_the_log_says(self) -> None:
        ids = list(Customer.objects.filter(merged_into_id=None).values_list("id", flat=True))
        rows = load_records(ids)
        folded = load_records(ids)
        refold(folded)
        assert rows == folded
        since = known_since(ids)
        told = Customer.objects.filter(id__in=ids).values_list("id", "known_at")
        assert since == {one: at and to_micros(at) for one, at in told}

    @invariant()
    def parted_people_are_as_if_never_merged(self) -> None:
        if self.merges:
            return
        assert self.tried.exported() == self.never.exported()

    def teardown(self) -> None:
        for number in sorted(self.merges, reverse=True):
            undo_merge(number)
        self.merges.clear()
        if hasattr(self, "tried"):
            self.parted_people_are_as_if_never_merged()
            self.rows_are_what_the_log_says()


def test_merging_and_parting_give_back_what_was(db: None) -> None:
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(
        MergingMachine,
        settings=settings(
            max_examples=25, stateful_step_count=15, deadline=None, phases=[Phase.generate]
        ),
    )
