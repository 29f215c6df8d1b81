from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from keskio.jobs.bell import Bell, Rope
from keskio.jobs.contracts import Job
from keskio.jobs.worker import MOMENT, Worker, backoff_after
from keskio.kernel.clock import Micros, VirtualClock


class Counting:
    """A job with `left` turns of work, which stops the worker when it has nothing more."""

    def __init__(self, name: str, left: int, done: list[str]) -> None:
        self.name = name
        self.left = left
        self.done = done

    def turn(self, now: Micros) -> bool:
        if self.left:
            self.left -= 1
            self.done.append(self.name)
        return self.left > 0


class Failing:
    name = "failing"

    def __init__(self) -> None:
        self.turns = 0

    def turn(self, now: Micros) -> bool:
        self.turns += 1
        raise LookupError("no such thing")


class Waiting:
    """A background that says when it runs and when it has seen the end."""

    name = "waiting"

    def __init__(self) -> None:
        self.running = threading.Event()
        self.ended = threading.Event()

    def run(self, stop: threading.Event) -> None:
        self.running.set()
        stop.wait()
        self.ended.set()


class Stumbling:
    """A background that fails the first time."""

    name = "stumbling"

    def __init__(self) -> None:
        self.runs = 0
        self.running = threading.Event()

    def run(self, stop: threading.Event) -> None:
        self.runs += 1
        if self.runs == 1:
            raise LookupError("no such thing")
        self.running.set()
        stop.wait()


@pytest.fixture
def bell(tmp_path: Path) -> Iterator[Bell]:
    with Bell(tmp_path) as bell:
        yield bell


def test_jobs_take_turns_until_nothing_is_left(bell: Bell) -> None:
    done: list[str] = []
    worker = Worker([Counting("a", 3, done), Counting("b", 1, done)], bell=bell)
    rounds = [worker.round() for _ in range(4)]
    assert done == ["a", "b", "a", "a"]
    assert rounds == [True, True, False, False]


def test_job_is_told_what_time_it_is(bell: Bell, clock: VirtualClock) -> None:
    told: list[Micros] = []

    class Asking:
        name = "asking"

        def turn(self, now: Micros) -> bool:
            told.append(now)
            return False

    Worker([Asking()], bell=bell).round()
    assert told == [clock.micros()]


@pytest.mark.django_db
def test_job_that_fails_is_named_and_left_alone_while_others_go_on(
    bell: Bell, caplog: pytest.LogCaptureFixture
) -> None:
    done: list[str] = []
    failing = Failing()
    worker = Worker([failing, Counting("b", 2, done)], bell=bell)
    with caplog.at_level(logging.ERROR):
        worker.round()
        worker.round()
    assert failing.turns == 1
    assert done == ["b", "b"]
    assert [record.getMessage() for record in caplog.records] == [
        "The job failing failed (1 in a row)."
    ]


def test_backoff_doubles_up_to_half_a_minute() -> None:
    assert [backoff_after(n) for n in (1, 2, 3, 9, 100, 10_000)] == [0.2, 0.4, 0.8, 30, 30, 30]


def test_worker_stops_with_its_backgrounds(bell: Bell) -> None:
    stop = threading.Event()
    background = Waiting()
    thread = threading.Thread(target=Worker([], [background], bell=bell).run, args=(stop,))
    thread.start()
    assert background.running.wait(60)
    stop.set()
    thread.join(60)
    assert not thread.is_alive()
    assert background.ended.is_set()


def test_background_that_fails_is_named_and_started_again(
    bell: Bell, caplog: pytest.LogCaptureFixture
) -> None:
    stop = threading.Event()
    background = Stumbling()
    thread = threading.Thread(target=Worker([], [background], bell=bell).run, args=(stop,))
    thread.start()
    assert background.running.wait(60)
    stop.set()
    thread.join(60)
    assert background.runs == 2
    assert [record.getMessage() for record in caplog.records] == [
        "The background stumbling failed."
    ]


def test_turn_under_way_is_finished_and_no_other_begun(bell: Bell) -> None:
    stop = threading.Event()
    done: list[str] = []

    class Ending:
        name = "ending"

        def turn(self, now: Micros) -> bool:
            stop.set()
            done.append("whole")
            return True

    Worker([Ending(), Counting("never", 1, done)], bell=bell).run(stop)
    assert done == ["whole"]


def test_bell_wakes_at_once(bell: Bell, tmp_path: Path) -> None:
    rope = Rope(tmp_path)
    for _ in range(3):
        rope.pull()
    begun = time.monotonic()
    assert bell.wait(600)
    assert time.monotonic() - begun < 60
    assert not bell.wait(0)  # three rings were one
    rope.close()
    bell.close()


def test_rope_without_a_bell_is_pulled_in_vain(tmp_path: Path) -> None:
    rope = Rope(tmp_path)
    rope.pull()
    rope.close()
    assert list(tmp_path.iterdir()) == []


def test_bell_polls_where_the_path_is_too_long(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 30)
    folder.mkdir()
    bell = Bell(folder)
    assert not bell.wait(0)
    bell.close()
    assert list(folder.iterdir()) == []


def test_bell_is_readable_by_its_owner_only_and_taken_down(bell: Bell, tmp_path: Path) -> None:
    assert bell.path.stat().st_mode & 0o777 == 0o600
    bell.close()
    assert list(tmp_path.iterdir()) == []


class Slow:
    """A job that gives way, and takes more than a moment by the clock `passed`."""

    gives_way = True

    def __init__(self, name: str, seen: list[str], passed: list[float]) -> None:
        self.name, self.seen, self.passed = name, seen, passed

    def turn(self, now: Micros) -> bool:
        self.seen.append(self.name)
        self.passed[0] += MOMENT
        return False


def test_what_is_urgent_has_a_turn_after_every_moment_of_the_others(bell: Bell) -> None:
    seen: list[str] = []
    passed = [100.0]
    slow = [Slow(name, seen, passed) for name in "abc"]
    jobs: list[Job] = [*slow, Counting("runner", 10, seen)]
    worker = Worker(jobs, bell=bell, clock=lambda: passed[0])
    assert [worker.round() for _ in range(4)] == [True] * 4
    assert seen == ["runner", "a", "runner", "b", "runner", "c", "runner", "a"]


def test_when_all_have_had_their_turn_there_is_rest(bell: Bell) -> None:
    seen: list[str] = []
    passed = [100.0]
    worker = Worker([Slow("a", seen, passed)], bell=bell, clock=lambda: passed[0])
    assert [worker.round(), worker.round()] == [False, False]
    assert seen == ["a", "a"]
