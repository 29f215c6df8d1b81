"""One worker at a time does what only one may do, and not too often."""

from __future__ import annotations

from datetime import timedelta

import pytest

from keskio.jobs.duty import LOOK, PACE, TERM, shared_out
from keskio.kernel.clock import Micros, VirtualClock

pytestmark = pytest.mark.django_db(transaction=True)


class Counting:
    """A job that counts its turns; there is more while `more`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.turns = 0
        self.more = False

    def turn(self, now: Micros) -> bool:
        self.turns += 1
        return self.more


class Watch:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_follower_waits_a_moment_unless_there_is_more(clock: VirtualClock) -> None:
    watch, runner, follower = Watch(), Counting("runner"), Counting("follower")
    jobs = shared_out([runner, follower], owner="a", everywhere={"runner"}, clock=watch)
    for _ in range(5):
        for job in jobs:
            job.turn(clock.micros())
    assert (runner.turns, follower.turns) == (5, 1)
    watch.now += PACE
    follower.more = True
    assert [jobs[1].turn(0), jobs[1].turn(0)] == [True, True]
    assert follower.turns == 3


def test_only_one_worker_has_the_duty_and_another_follows(clock: VirtualClock) -> None:
    watch, one, two = Watch(), Counting("follower"), Counting("follower")
    (first,) = shared_out([one], owner="a", everywhere=(), clock=watch)
    (second,) = shared_out([two], owner="b", everywhere=(), clock=watch)
    assert (first.turn(0), second.turn(0), one.turns, two.turns) == (False, False, 1, 0)
    first.leave()  # type: ignore[attr-defined]
    watch.now += LOOK
    second.turn(0)
    assert two.turns == 1


def test_who_dies_loses_the_duty_after_its_term(clock: VirtualClock) -> None:
    watch, one, two = Watch(), Counting("follower"), Counting("follower")
    (first,) = shared_out([one], owner="a", everywhere=(), clock=watch)
    (second,) = shared_out([two], owner="b", everywhere=(), clock=watch)
    first.turn(0)
    clock.advance(TERM + timedelta(seconds=1))
    watch.now += LOOK
    second.turn(0)
    first.turn(0)
    assert (one.turns, two.turns) == (1, 1)
