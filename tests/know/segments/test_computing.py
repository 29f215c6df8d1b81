"""Segments kept up: founders, events, time, merging, restriction; nothing flaps, nothing is told twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from keskio.engine.times import DAY
from keskio.kernel.clock import now, now_micros
from keskio.know.models import Customer
from keskio.know.segments import everyone as computing
from keskio.know.segments.actions import CannotSave, refresh, save_segment, set_state
from keskio.know.segments.changing import Named, change_members
from keskio.know.segments.models import Membership, SavedVersion, Segment, Tally
from keskio.know.segments.queries import memberships_of
from tests.know.segments.conftest import Company

BUYERS = "key: buyers\ntitle: {fi: Ostajat, en: Buyers}\nwhen: {event: Order Completed}\n"
RECENT = "key: recent\nwhen: {event: Order Completed, in: {last: 30 days}}\n"
OULU = "key: oulu\nwhen: {trait: town, is: Oulu}\n"
TOLD = ("segment.entered", "segment.left")


def test_founders_enter_without_events_and_others_with(company: Company) -> None:
    company.customer("aino")
    company.customer("eero")
    company.did("aino", "Order Completed")
    save_segment(BUYERS)
    company.follow()
    assert company.members("buyers") == []
    company.compute()
    assert company.members("buyers") == ["aino"]
    assert company.told(*TOLD) == []
    company.did("eero", "Order Completed")
    company.follow()
    assert company.members("buyers") == ["aino", "eero"]
    assert company.told(*TOLD) == [
        ("eero", "segment.entered", {"segment": "buyers", "title": "Ostajat"})
    ]
    assert Segment.objects.get().members == 2


def test_traits_change_membership_at_once(company: Company) -> None:
    company.customer("aino", town="Turku")
    save_segment(OULU)
    company.compute()
    assert company.members("oulu") == []
    company.customer("aino", town="Oulu")
    company.follow()
    assert company.members("oulu") == ["aino"]
    company.clock.advance(timedelta(minutes=1))
    company.customer("aino", town="Turku")
    company.follow()
    assert company.members("oulu") == []
    assert [event for _, event, _ in company.told(*TOLD)] == ["segment.entered", "segment.left"]


def test_who_enters_and_leaves_within_one_batch_did_neither(company: Company) -> None:
    company.customer("aino", town="Turku")
    save_segment(OULU)
    company.compute()
    company.customer("aino", town="Oulu")
    company.clock.advance(timedelta(seconds=1))
    company.customer("aino", town="Turku")
    company.follow()
    assert company.told(*TOLD) == []
    assert not Tally.objects.exists()


def test_newcomers_belong_where_nothing_needs_to_be_known(company: Company) -> None:
    save_segment("key: quiet\nwhen: {not: {event: Order Completed}}\n")
    company.compute()
    company.customer("aino")
    company.follow()
    assert company.members("quiet") == ["aino"]
    company.did("aino", "Order Completed")
    company.follow()
    assert company.members("quiet") == []


def test_time_lets_members_go_without_an_event(company: Company) -> None:
    company.customer("aino")
    company.did("aino", "Order Completed", ago=29 * DAY)
    save_segment(RECENT)
    company.compute()
    assert company.members("recent") == ["aino"]
    due = Segment.objects.get().next_at
    assert due is not None
    assert timedelta(minutes=1) <= due - now() <= timedelta(hours=6)
    company.clock.advance(timedelta(days=2))
    company.compute()
    assert company.members("recent") == []
    assert company.told(*TOLD) == [
        ("aino", "segment.left", {"segment": "recent", "title": "recent"})
    ]


def test_segments_of_segments_change_in_the_same_computation(company: Company) -> None:
    company.customer("aino", town="Oulu")
    save_segment(BUYERS)
    save_segment("key: both\nwhen: {all: [{segment: buyers}, {trait: town, is: Oulu}]}\n")
    company.compute()
    company.did("aino", "Order Completed")
    company.follow()
    assert (company.members("buyers"), company.members("both")) == (["aino"], ["aino"])
    assert [p["segment"] for _, _, p in company.told(*TOLD)] == ["buyers", "both"]


def test_everyone_is_looked_at_by_what_the_lake_knows_and_single_ones_by_what_is_newer(
    company: Company,
) -> None:
    company.customer("aino", town="Oulu")
    company.customer("eero", town="Turku")
    save_segment(OULU)
    company.compute()
    # The lake does not know yet that they have changed places; the follower does.
    company.clock.advance(timedelta(minutes=1))
    company.customer("aino", town="Turku")
    company.customer("eero", town="Oulu")
    company.follow()
    refresh("segment", "oulu")
    assert computing.Everyone().turn(now_micros())
    assert company.members("oulu") == ["eero"]
    assert len(company.told(*TOLD)) == 2


def test_what_the_follower_missed_is_found(company: Company) -> None:
    company.customer("aino", town="Oulu")
    save_segment(OULU)
    company.compute()
    Membership.objects.all().delete()
    refresh("segment", "oulu")
    company.compute()
    assert company.members("oulu") == ["aino"]
    assert [event for _, event, _ in company.told(*TOLD)] == ["segment.entered"]


def test_stopping_between_chunks_loses_and_doubles_nothing(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(computing, "CHUNK", 2)
    names = [f"c{number}" for number in range(7)]
    for name in names:
        company.customer(name, town="Oulu")
    save_segment(OULU)
    company.compute()
    Membership.objects.all().delete()
    refresh("segment", "oulu")

    class Stop:
        """Says stop at the third question."""

        asked = 0

        def is_set(self) -> bool:
            self.asked += 1
            return self.asked > 2

    row = Segment.objects.get()
    assert not computing.compute(row, now_micros(), Stop())  # type: ignore[arg-type]
    assert len(company.members("oulu")) == 4
    company.compute()
    assert company.members("oulu") == names
    assert sorted(name for name, _, _ in company.told(*TOLD)) == names


def test_a_changed_condition_tells_nothing_and_keeps_since(company: Company) -> None:
    company.customer("aino", town="Oulu")
    company.customer("eero", town="Turku")
    save_segment(OULU)
    company.compute()
    since = memberships_of([company.people["aino"]])[company.people["aino"]]["oulu"]
    company.clock.advance(timedelta(days=1))
    save_segment("key: oulu\nwhen: {trait: town, in: [Oulu, Turku]}\n")
    company.compute()
    assert company.members("oulu") == ["aino", "eero"]
    assert company.told(*TOLD) == []
    assert memberships_of([company.people["aino"]])[company.people["aino"]]["oulu"] == since
    assert list(SavedVersion.objects.values_list("number", flat=True)) == [1, 2]


def test_the_same_text_is_saved_once(company: Company) -> None:
    assert save_segment(OULU).version == save_segment(OULU).version == 1
    titled = save_segment("key: oulu\ntitle: Oululaiset\nwhen: {trait: town, is: Oulu}\n")
    assert (titled.version, titled.founded_at) == (2, Segment.objects.get().founded_at)


@pytest.mark.parametrize("field", ["restricted_at", "erased_at"])
def test_restricted_and_erased_customers_belong_to_nothing(company: Company, field: str) -> None:
    aino = company.customer("aino", town="Oulu")
    save_segment(OULU)
    company.compute()
    Customer.objects.filter(pk=aino).update(**{field: now()})
    name = {"restricted_at": "customer.restricted", "erased_at": "customer.erased"}[field]
    company.did("aino", name)
    company.follow()
    assert company.members("oulu") == []
    assert company.told(*TOLD) == []
    assert Segment.objects.get().members == 0


def test_memberships_go_with_the_person_when_records_are_merged(company: Company) -> None:
    from keskio.know.uniting import merge_customers

    aino = company.customer("aino", town="Oulu")
    save_segment(OULU)
    save_segment(BUYERS)
    company.compute()
    since = memberships_of([aino])[aino]["oulu"]
    company.clock.advance(timedelta(hours=1))
    other = company.customer("other")
    company.did("other", "Order Completed")
    company.follow()
    merge_customers(other, aino, actor="test")
    company.follow()
    mine = memberships_of([aino, other])
    assert list(mine) == [aino]
    assert set(mine[aino]) == {"oulu", "buyers"}
    assert mine[aino]["oulu"] == since
    assert [(n, p["segment"]) for n, _, p in company.told(*TOLD)] == [("other", "buyers")]


def test_paused_rests_and_put_away_is_empty(company: Company) -> None:
    company.customer("aino", town="Oulu")
    save_segment(OULU)
    company.compute()
    set_state("segment", "oulu", "paused")
    company.clock.advance(timedelta(minutes=1))
    company.customer("aino", town="Turku")
    company.follow()
    company.compute()
    assert company.members("oulu") == ["aino"]
    set_state("segment", "oulu", "active")
    company.compute()
    assert company.members("oulu") == []
    set_state("segment", "oulu", "archived")
    assert not Membership.objects.exists()
    assert company.told(*TOLD) == []


def test_unknown_names_and_rings_are_refused(company: Company) -> None:
    with pytest.raises(CannotSave, match="There is no segment other"):
        save_segment("key: a\nwhen: {segment: other}\n")
    save_segment("key: a\nwhen: {trait: x, is: 1}\n")
    save_segment("key: b\nwhen: {segment: a}\n")
    with pytest.raises(CannotSave, match="segment:a → segment:b → segment:a"):
        save_segment("key: a\nwhen: {segment: b}\n")
    with pytest.raises(CannotSave, match="cannot be put away: b builds on it"):
        set_state("segment", "a", "archived")


def test_two_who_write_the_same_change_tell_it_once(company: Company) -> None:
    aino = company.customer("aino")
    row = save_segment(OULU)
    named = Named(row.pk, row.key, {})
    with transaction.atomic():
        first = change_members(named, entering=[aino], leaving=[], at=now_micros())
        second = change_members(named, entering=[aino], leaving=[], at=now_micros())
    assert (first, second) == (([aino], []), ([], []))
    assert len(company.told(*TOLD)) == 1


def test_an_error_is_kept_and_shown_until_the_next_success(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    from keskio.lake.contracts import LakeTrouble

    def fail(*_: Any) -> Any:
        raise LakeTrouble("The lake is frozen.")

    save_segment(OULU)
    with monkeypatch.context() as patched:
        patched.setattr("keskio.lake.api.engine", fail)
        company.compute()
    row = Segment.objects.get()
    assert (row.error, row.founded_at) == ("The lake is frozen.", None)
    company.clock.advance(timedelta(minutes=6))
    company.compute()
    row = Segment.objects.get()
    assert (row.error, row.founded_at, row.place) == ("", now(), company.place)


def test_founding_one_by_one_finds_the_same_as_through_the_lake(company: Company) -> None:
    for number in range(6):
        company.customer(f"c{number}", town="Oulu" if number % 2 else "Turku")
        if number > 2:
            company.did(f"c{number}", "Order Completed")
    for text in (BUYERS, OULU, "key: both\nwhen: {all: [{segment: buyers}, {segment: oulu}]}\n"):
        save_segment(text)
    computing.found_segments()
    found = [company.members(key) for key in ("buyers", "oulu", "both")]
    assert found == [["c3", "c4", "c5"], ["c1", "c3", "c5"], ["c3", "c5"]]
    assert company.told(*TOLD) == []
    for key in ("buyers", "oulu", "both"):
        refresh("segment", key)
    company.compute()
    assert [company.members(key) for key in ("buyers", "oulu", "both")] == found
    assert company.told(*TOLD) == []
