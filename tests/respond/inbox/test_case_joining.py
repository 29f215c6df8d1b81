"""Cases put together and taken apart: who waited still waits, since the same time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from keskio.kernel.clock import VirtualClock, from_micros, to_micros
from keskio.kernel.holdings import Person, holdings
from keskio.respond.desk.models import Draft
from keskio.respond.inbox import actions as do
from keskio.respond.inbox import contracts as c
from keskio.respond.inbox.holdings import Strangers
from keskio.respond.inbox.joining import CannotMerge, merge, split, unmerge
from keskio.respond.inbox.models import Case, Entry, Timing
from keskio.respond.inbox.queries import thread_of
from keskio.talk.api import held_back

from .conftest import helsinki

pytestmark = pytest.mark.django_db

Told = Callable[..., list[dict[str, Any]]]


def opened(customer: int, text: str, **about: Any) -> Case:
    told = {"channel": "email", "address": "aino@example.com"} | about
    return do.open_case(customer=customer, text=text, **told)


def texts(case: Case) -> list[str]:
    return [entry.text for entry in thread_of(case.pk).entries if entry.kind != c.EVENT]


def test_merging_keeps_the_oldest_wait_and_shows_both(
    clock: VirtualClock, aino: int, told: Told
) -> None:
    one = opened(aino, "Ensin", themes=["hinta"])
    clock.turn_to(helsinki(2, "10:00"))
    two = opened(aino, "Sitten", themes=["laatu"], severity=c.SERIOUS)
    clock.turn_to(helsinki(2, "11:00"))
    merge(one.pk, two.pk, by="eero")
    one.refresh_from_db()
    two.refresh_from_db()
    assert (one.state, one.place, one.merged_into, one.look_at) == (c.CLOSED, c.AWAY, two.pk, None)
    # Eight working hours since nine, not since ten.
    assert (two.due_at, two.unanswered_since) == (helsinki(3, "09:00"), helsinki(2, "09:00"))
    assert (two.themes, two.severity, two.preview) == (["laatu", "hinta"], c.SERIOUS, "Sitten")
    assert texts(two) == ["Ensin", "Sitten"]
    assert told("case.merged")[0]["merged"] == one.pk


def test_what_comes_to_the_merged_goes_to_the_other(clock: VirtualClock, aino: int) -> None:
    one, two = opened(aino, "Ensin"), opened(aino, "Sitten")
    merge(one.pk, two.pk, by="eero")
    do.add_entry(one.pk, kind=c.IN, author=c.CUSTOMER, text="Hei?")
    assert do.reply(one.pk, "Hei!", by="eero").case_id == two.pk
    assert texts(two) == ["Ensin", "Sitten", "Hei?", "Hei!"]
    with pytest.raises(CannotMerge):
        merge(one.pk, two.pk, by="eero")


def test_chains_of_merges_lead_to_the_last(clock: VirtualClock, aino: int) -> None:
    one, two, three = (opened(aino, text) for text in ("1", "2", "3"))
    merge(one.pk, two.pk, by="eero")
    merge(two.pk, three.pk, by="eero")
    assert texts(three) == ["1", "2", "3"]
    unmerge(two.pk, by="eero")
    assert (texts(three), texts(two)) == (["3"], ["1", "2"])


def test_unmerging_brings_both_back_as_they_were(clock: VirtualClock, aino: int) -> None:
    one = opened(aino, "Ensin", kind=c.COMPLAINT)
    clock.turn_to(helsinki(2, "10:00"))
    two = opened(aino, "Sitten")
    before = [Case.objects.get(pk=pk) for pk in (one.pk, two.pk)]
    merge(one.pk, two.pk, by="eero")
    clock.turn_to(helsinki(2, "12:00"))
    unmerge(one.pk, by="eero")
    for case in before:
        after = Case.objects.get(pk=case.pk)
        assert (after.state, after.place, after.due_at, after.sort_at, after.preview) == (
            *(case.state, case.place, case.due_at, case.sort_at),
            case.preview,
        )
    assert len(held_back([aino])) == 1
    assert Timing.objects.filter(stopped_at__isnull=False).count() == 0
    with pytest.raises(do.NotPossible):
        unmerge(one.pk, by="eero")


def test_merging_what_is_open_into_the_closed_opens_it(clock: VirtualClock, aino: int) -> None:
    one, two = opened(aino, "Ensin"), opened(aino, "Sitten")
    do.close(two.pk, by="eero")
    clock.turn_to(helsinki(2, "10:00"))
    merge(one.pk, two.pk, by="eero")
    two.refresh_from_db()
    assert (two.state, two.place, two.closed_at) == (c.OPEN, c.ACTIVE, None)


def test_merged_complaints_hold_campaigns_back_until_the_one_is_closed(
    clock: VirtualClock, aino: int
) -> None:
    one, two = opened(aino, "Ensin", kind=c.COMPLAINT), opened(aino, "Sitten", kind=c.COMPLAINT)
    merge(one.pk, two.pk, by="eero")
    assert len(held_back([aino])) == 1
    do.close(two.pk, by="eero")
    assert held_back([aino]) == {}


def test_splitting_moves_messages_and_their_wait(
    clock: VirtualClock, aino: int, told: Told
) -> None:
    case = opened(aino, "Pyörä on rikki")
    clock.turn_to(helsinki(2, "10:00"))
    do.reply(case.pk, "Tuo se.", by="eero")
    clock.turn_to(helsinki(2, "11:00"))
    entry = do.add_entry(case.pk, kind=c.IN, author=c.CUSTOMER, text="Ja lasku on väärin")
    new = split(case.pk, [entry.number], by="eero", subject="Lasku")
    case.refresh_from_db()
    new.refresh_from_db()
    assert (texts(case), texts(new)) == (["Pyörä on rikki", "Tuo se."], ["Ja lasku on väärin"])
    assert (case.unanswered_since, new.unanswered_since) == (None, helsinki(2, "11:00"))
    assert (new.subject, new.split_from, new.due_at) == ("Lasku", case.pk, helsinki(3, "11:00"))
    assert (case.preview, new.preview) == ("Tuo se.", "Ja lasku on väärin")
    assert to_micros(new.opened_at) == to_micros(helsinki(2, "11:00"))
    assert told("case.split")[0]["numbers"] == [entry.number]
    for wrong in ([], [entry.number], [1], [2, 3]):
        with pytest.raises(do.NotPossible):
            split(case.pk, wrong, by="eero")
    numbers = list(Entry.objects.filter(case=new).values_list("number", flat=True))
    assert sorted(numbers) == list(range(1, len(numbers) + 1))


def test_what_was_put_into_an_erased_persons_case_goes_too_or_stands_alone_again(aino: int) -> None:
    hers = do.open_case(customer=aino, channel=c.CHAT, text="Minun")
    nobodys = do.open_case(customer=0, channel=c.CHAT, text="Tuntemattomana")
    others = do.open_case(customer=aino + 1, channel=c.CHAT, text="Jonkun muun")
    for case in (nobodys, others):
        merge(case.pk, hers.pk, by="eero")
    Draft.objects.create(
        case_id=nobodys.pk, username="eero", kind="reply", text="Hei", saved_at=from_micros(0)
    )
    person = Person((aino,))
    told = [row["text"] for row in Strangers().export(person) if row.get("text")]
    assert told == ["Tuntemattomana"]
    mine = {"inbox_case", "inbox_entry", "inbox_casewords", "inbox_strangers", "desk_draft"}
    for holding in holdings():
        if holding.key in mine:
            holding.erase(person, 0)
    left = Case.objects.get()
    assert (left.pk, left.merged_into, left.place) == (others.pk, None, c.DONE)
    assert set(Entry.objects.values_list("case_id", flat=True)) == {others.pk}
    assert not Draft.objects.exists()
