from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from keskio.jobs.api import Lease, LostLease
from keskio.kernel.clock import VirtualClock

pytestmark = pytest.mark.django_db


def test_lease_has_one_holder_at_a_time(clock: VirtualClock) -> None:
    first = Lease.hold("runner", "a")
    assert first is not None
    assert first.fence == 1
    assert Lease.hold("runner", "b") is None
    assert Lease.hold("other", "b") is not None


def test_lease_is_taken_over_when_its_term_ends(clock: VirtualClock) -> None:
    first = Lease.hold("runner", "a", term=timedelta(seconds=10))
    assert first is not None
    clock.advance(timedelta(seconds=9))
    first.renew()
    clock.advance(timedelta(seconds=9))
    assert Lease.hold("runner", "b") is None
    clock.advance(timedelta(seconds=1))
    second = Lease.hold("runner", "b")
    assert second is not None
    assert second.fence == 2


def test_old_holder_cannot_commit(clock: VirtualClock) -> None:
    first = Lease.hold("runner", "a")
    clock.advance(timedelta(minutes=1))
    second = Lease.hold("runner", "b")
    assert first is not None
    assert second is not None
    with pytest.raises(LostLease) as caught, transaction.atomic():
        first.renew()
    assert str(caught.value) == "The lease runner of a was taken over."
    second.renew()


def test_lease_of_the_same_owner_is_begun_anew_with_a_new_fence(clock: VirtualClock) -> None:
    before = Lease.hold("runner", "a")
    after = Lease.hold("runner", "a")
    assert before is not None
    assert after is not None
    with pytest.raises(LostLease):
        before.renew()
    after.renew()


def test_released_lease_is_free_at_once(clock: VirtualClock) -> None:
    first = Lease.hold("runner", "a")
    assert first is not None
    first.release()
    assert Lease.hold("runner", "b") is not None


def test_release_of_a_lost_lease_takes_nothing_away(clock: VirtualClock) -> None:
    first = Lease.hold("runner", "a")
    clock.advance(timedelta(minutes=1))
    second = Lease.hold("runner", "b")
    assert first is not None
    assert second is not None
    first.release()
    second.renew()
