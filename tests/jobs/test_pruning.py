from __future__ import annotations

from datetime import timedelta

from keskio.jobs.api import Pruner
from keskio.kernel.clock import Micros, VirtualClock


def test_pruner_takes_slices_until_nothing_is_left_and_then_rests(clock: VirtualClock) -> None:
    left = {"old": 2, "older": 0}
    calls: list[str] = []

    def prune_old(_now: Micros) -> bool:
        calls.append("old")
        left["old"] -= 1
        return left["old"] > 0

    def prune_older(_now: Micros) -> bool:
        calls.append("older")
        return False

    pruner = Pruner({"old": prune_old, "older": prune_older})
    assert [pruner.turn(clock.micros()) for _ in range(3)] == [True, False, False]
    assert calls == ["old", "old", "older"]
    clock.advance(timedelta(minutes=10))
    pruner.turn(clock.micros())
    assert calls == ["old", "old", "older", "old", "older"]
