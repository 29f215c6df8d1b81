"""Shares of partitions: fair, fenced, and found again after runners have come and gone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from keskio.jobs.api import LostLease, Share, customers_among, interrupt, reached_by_all, share_of
from keskio.jobs.shares import EVERY, PARTITIONS
from keskio.kernel.clock import VirtualClock
from keskio.kernel.sql import fetch

pytestmark = pytest.mark.django_db(transaction=True)

WORK = "test.work"


def share(owner: str) -> Share:
    """Return a share of a work whose log has been taken up to 7."""
    return Share(WORK, owner, begins_at=lambda: 7)


def commit(one: Share, reached: int) -> None:
    """Do what a batch does."""
    with transaction.atomic():
        one.renew(reached)
    one.moved(reached)


def looks(clock: VirtualClock, *shares: Share) -> list[int]:
    """Let everybody look around often enough for all to settle; return how many each then holds."""
    for _ in range(3):
        clock.advance(timedelta(seconds=2))
        for one in shares:
            one.tend()
    return [len(one.held) for one in shares]


def test_one_alone_holds_everything_from_where_the_log_was(clock: VirtualClock) -> None:
    one = share("a")
    assert one.tend()
    assert (set(one.held), one.position) == (set(EVERY), 7)


def test_three_share_evenly_and_overlap_nowhere(clock: VirtualClock) -> None:
    three = [share(name) for name in "abc"]
    assert looks(clock, *three) == [22, 22, 20]
    assert sorted(number for one in three for number in one.held) == sorted(EVERY)


def test_who_leaves_in_order_is_replaced_at_once(clock: VirtualClock) -> None:
    one, two = share("a"), share("b")
    looks(clock, one, two)
    two.release()
    assert looks(clock, one) == [PARTITIONS]


def test_who_dies_is_replaced_after_the_term_and_cannot_commit(clock: VirtualClock) -> None:
    one, two = share("a"), share("b")
    looks(clock, one, two)
    commit(two, 20)
    for _ in range(4):
        clock.advance(timedelta(seconds=3))
        one.tend()
    assert len(one.held) == PARTITIONS
    with pytest.raises(LostLease), transaction.atomic():
        two.renew(30)
    assert reached_by_all(WORK) == 7
    assert max(one.positions.values()) == 20


def test_places_are_kept_by_partition_and_never_go_back(clock: VirtualClock) -> None:
    one, two = share("a"), share("b")
    looks(clock, one, two)
    commit(one, 100)
    commit(two, 50)
    two.release()
    looks(clock, one)
    assert (one.position, max(one.positions.values())) == (50, 100)
    commit(one, 60)
    assert (one.position, max(one.positions.values())) == (60, 100)


def test_another_life_of_an_owner_takes_over_at_once(clock: VirtualClock) -> None:
    before, after = share("a"), share("a")
    before.tend()
    assert after.tend()
    assert len(after.held) == PARTITIONS
    with pytest.raises(LostLease), transaction.atomic():
        before.renew(8)


def test_an_interrupted_batch_is_lost_and_begun_anew(clock: VirtualClock) -> None:
    one = share("a")
    one.tend()
    interrupt(WORK, [5, 5 + PARTITIONS, 6])
    with pytest.raises(LostLease), transaction.atomic():
        one.renew(9)
    assert one.tend()
    assert (len(one.held), one.position) == (PARTITIONS, 7)


def test_the_condition_means_what_the_function_says(clock: VirtualClock) -> None:
    among = customers_among([0, 17, 63])
    rows = fetch(
        f"SELECT customer_id FROM (SELECT 81 AS customer_id UNION SELECT 82) x WHERE {among}"
    )
    assert rows == [(81,)]
    assert [share_of(number) for number in (64, 81, 127)] == [0, 17, 63]
    assert customers_among(EVERY) == ""
