"""Objects are taken in with their events: fields by their times, owners with history, ends."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from keskio.engine.conditions import Owned
from keskio.events import api as events
from keskio.kernel.clock import VirtualClock
from keskio.kernel.errors import Mistake
from keskio.kernel.sql import run
from keskio.know.actions import find_or_create
from keskio.know.objects.actions import save_kind, take_objects
from keskio.know.objects.contracts import Field, NewObject
from keskio.know.objects.models import Object, Ownership
from keskio.know.objects.queries import objects_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def aino(clock: VirtualClock) -> int:
    return find_or_create([("email", "aino@example.com")])


@pytest.fixture
def eero(clock: VirtualClock) -> int:
    return find_or_create([("email", "eero@example.com")])


def told() -> list[tuple[int, str, dict[str, Any]]]:
    """Every event of objects in the log: (customer, name, properties)."""
    return [
        (event.customer, event.name, json.loads(event.body)["properties"])
        for event in events.events_after(0, 1000)
        if event.name.startswith("object.")
    ]


def test_new_object_is_there_with_its_event(aino: int) -> None:
    taken = take_objects(
        [NewObject("Car", "ABC-123", {"make": "Volvo", "service_on": "1.9.2026"}, customer=aino)]
    )

    fields = {"make": "Volvo", "service_on": "2026-09-01"}
    assert (taken.new, taken.changed, taken.faults) == (1, 0, ())
    assert objects_of([aino]) == {aino: {"car": [Owned("car", "ABC-123", fields)]}}
    assert told() == [
        (
            aino,
            "object.changed",
            {
                **fields,
                "kind": "car",
                "key": "ABC-123",
                "changed": ["make", "service_on"],
                "before": {},
                "is_new": True,
            },
        )
    ]


def test_moved_date_tells_before_and_after(aino: int, clock: VirtualClock) -> None:
    take_objects([NewObject("car", "A", {"service_on": "2026-09-01"}, customer=aino)])
    clock.advance(timedelta(hours=1))

    taken = take_objects([NewObject("car", "A", {"service_on": "2026-10-01"})])

    assert taken.changed == 1
    assert told()[-1][2] == {
        "service_on": "2026-10-01",
        "kind": "car",
        "key": "A",
        "changed": ["service_on"],
        "before": {"service_on": "2026-09-01"},
    }


def test_same_rows_again_change_nothing(aino: int, clock: VirtualClock) -> None:
    rows = [NewObject("order", str(n), {"total": n}, customer=aino) for n in range(20)]
    take_objects(rows)
    clock.advance(timedelta(days=1))

    taken = take_objects(rows)

    assert (taken.new, taken.changed, taken.same) == (0, 0, 20)
    assert len(told()) == 20


def test_late_row_does_not_undo_what_is_newer(aino: int, clock: VirtualClock) -> None:
    now = clock.micros()
    take_objects([NewObject("car", "A", {"model": "new", "make": "x"}, customer=aino, at=now)])

    take_objects([NewObject("car", "A", {"model": "old", "year": 2001}, at=now - 1000)])

    assert Object.objects.get().properties == '{"model":"new","make":"x","year":2001}'


def test_sold_car_belongs_to_another_and_history_is_kept(
    aino: int, eero: int, clock: VirtualClock
) -> None:
    take_objects([NewObject("car", "A", {"make": "x"}, customer=aino)])
    sold_at = clock.micros() + 5
    take_objects([NewObject("car", "A", customer=eero, at=sold_at)])

    assert objects_of([aino, eero]) == {eero: {"car": [Owned("car", "A", {"make": "x"})]}}
    assert [(c, n, p.get("reason"), p.get("is_new")) for c, n, p in told()[1:]] == [
        (aino, "object.ended", "moved", None),
        (eero, "object.changed", None, True),
    ]
    owners = Ownership.objects.order_by("pk").values_list("record_id", "to_at")
    assert [(record, to_at is None) for record, to_at in owners] == [(aino, False), (eero, True)]


def test_owner_told_late_does_not_take_it_back(aino: int, eero: int, clock: VirtualClock) -> None:
    take_objects([NewObject("car", "A", customer=eero, at=clock.micros())])
    take_objects([NewObject("car", "A", customer=aino, at=clock.micros() - 1)])

    assert list(objects_of([aino, eero])) == [eero]


def test_owners_within_one_batch_follow_each_other(
    aino: int, eero: int, clock: VirtualClock
) -> None:
    at = clock.micros()
    take_objects(
        [NewObject("car", "A", customer=c, at=at + n) for n, c in enumerate([aino, eero, aino])]
    )

    owners = Ownership.objects.order_by("pk").values_list("record_id", flat=True)
    assert (list(owners), Ownership.objects.filter(to_at=None).count()) == ([aino, eero, aino], 1)
    assert list(objects_of([aino, eero])) == [aino]


def test_ended_object_is_no_longer_had_and_may_begin_again(aino: int, clock: VirtualClock) -> None:
    take_objects([NewObject("contract", "7", {"product": "fibre"}, customer=aino)])
    clock.advance(timedelta(days=1))
    assert take_objects([NewObject("contract", "7", ended=True)]).ended == 1
    assert objects_of([aino]) == {}
    assert take_objects([NewObject("contract", "7", ended=True)]).same == 1

    clock.advance(timedelta(days=1))
    take_objects([NewObject("contract", "7", ended=False)])

    assert list(objects_of([aino])) == [aino]
    assert [(name, p.get("changed"), p.get("before")) for _, name, p in told()[1:]] == [
        ("object.ended", None, None),
        ("object.changed", ["ended_at"], {"ended_at": "2026-03-03T07:00:00Z"}),
    ]


def test_values_that_do_not_fit_are_faults_and_the_rest_is_taken(aino: int) -> None:
    taken = take_objects(
        [
            NewObject("car", "A", {"year": "last", "make": "x", "kind": 1}, customer=aino),
            NewObject("car", "", customer=aino),
            NewObject("not a kind!", "B", customer=aino),
            NewObject("car", "C"),
            NewObject("car", "D", customer=aino + 1000),
        ]
    )

    assert taken.faults == (
        (0, "A field cannot be called 'kind'. Choose another name."),
        (0, "year must be a number, such as 12.5, not 'last'."),
        (1, "The object has no key, or one above 200 characters."),
        (2, "'not a kind!' is no kind of objects: use letters, _ and -."),
        (3, "Nobody has car 'C'. Say whose it is."),
        (4, f"There is no customer {aino + 1000}."),
    )
    assert [row.properties for row in Object.objects.all()] == ['{"make":"x"}']


def test_field_told_as_null_is_taken_away(aino: int, clock: VirtualClock) -> None:
    take_objects([NewObject("car", "A", {"make": "x", "year": 2001}, customer=aino)])
    clock.advance(timedelta(seconds=1))
    take_objects([NewObject("car", "A", {"year": None})])

    assert objects_of([aino])[aino]["car"] == [Owned("car", "A", {"make": "x"})]
    assert told()[-1][2]["before"] == {"year": 2001}


def test_merged_customers_objects_are_the_others_and_come_back(aino: int, eero: int) -> None:
    take_objects([NewObject("car", "A", customer=aino), NewObject("car", "E", customer=eero)])

    run("UPDATE know_customer SET merged_into_id = %s WHERE id = %s", (aino, eero))
    together = {
        key: [o.key for o in kinds["car"]] for key, kinds in objects_of([aino, eero]).items()
    }
    run("UPDATE know_customer SET merged_into_id = NULL WHERE id = %s", (eero,))
    apart = {key: [o.key for o in kinds["car"]] for key, kinds in objects_of([aino, eero]).items()}

    assert together == {aino: ["A", "E"], eero: ["A", "E"]}
    assert apart == {aino: ["A"], eero: ["E"]}


def test_a_record_that_is_the_same_customer_takes_no_object_from_it(
    aino: int, eero: int, clock: VirtualClock
) -> None:
    take_objects([NewObject("car", "A", customer=aino)])
    run("UPDATE know_customer SET merged_into_id = %s WHERE id = %s", (aino, eero))

    take_objects([NewObject("car", "A", customer=aino, record=eero, at=clock.micros() + 1)])

    assert [name for _, name, _ in told()] == ["object.changed"]
    assert Object.objects.get().record_id == eero


def test_only_kinds_asked_for_are_returned(aino: int) -> None:
    take_objects([NewObject("car", "A", customer=aino), NewObject("boat", "B", customer=aino)])

    assert list(objects_of([aino], ["boat"])[aino]) == ["boat"]
    assert objects_of([aino], []) == {}
    assert objects_of([]) == {}


def test_company_s_own_kind_reads_its_fields(aino: int) -> None:
    save_kind("Boat", title="Boats", fields=[Field("metres", "number"), Field("tested", "flag")])

    taken = take_objects(
        [
            NewObject(
                "boat", "B", {"metres": "7,5", "tested": "kyllä", "name": "Saga"}, customer=aino
            )
        ]
    )

    fields = {"metres": 7.5, "tested": True, "name": "Saga"}
    assert taken.faults == ()
    assert objects_of([aino])[aino]["boat"] == [Owned("boat", "B", fields)]


@pytest.mark.parametrize(
    ("key", "fields"),
    [
        ("?", []),
        ("boat", [Field("kind")]),
        ("boat", [Field("a"), Field("a")]),
        ("boat", [Field("a", "colour")]),
    ],
)
def test_kind_that_cannot_be_is_refused(key: str, fields: list[Field]) -> None:
    with pytest.raises(Mistake):
        save_kind(key, title="", fields=fields)
