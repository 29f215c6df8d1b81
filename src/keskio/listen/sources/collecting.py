"""The worker's part: a thread for each source at work, one holder at a time, back-off, and restarts.

A supervisor looks at the table once a second. It starts what is due, and stops what was changed, paused
or removed: a changed source begins anew without the worker being restarted. Each haul is stored with the
cursor behind it and the renewal of the lease in one transaction, so that a worker that was thought dead
stores nothing any more, and after a crash everything since the last commit is brought again.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import timedelta

import msgspec
from django.db import connections, transaction

from keskio.jobs.api import Lease, LostLease, wake
from keskio.kernel.clock import MICROSECOND, Micros, now_micros
from keskio.kernel.errors import KeskioError, Trouble
from keskio.listen.sources.actions import (
    Changed,
    note_trouble,
    rest_until,
    save_haul,
)
from keskio.listen.sources.contracts import Errand, Haul, Source
from keskio.listen.sources.faults import told_of, told_of_error
from keskio.listen.sources.models import Source as Row
from keskio.listen.sources.queries import recent_ids, source_by_id, wanted_sources
from keskio.listen.sources.registry import collected_kinds, kind_of

log = logging.getLogger(__name__)

LOOK = 1.0  # seconds between looks at the table
TERM = timedelta(seconds=20)
SIGN_OF_LIFE = 4_000_000  # microseconds between writes of a stream that brings nothing
ELSEWHERE = 5_000_000  # microseconds for which a source that another worker has is left alone
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 900.0  # seconds
PROVED = 60_000_000  # a stream that has held so long counts as well again
MOST_AT_ONCE = 64
PATIENCE_AT_END = 1.5


def pause_after(
    failures: int, *, dice: float, first: float = FIRST_PAUSE, asked: float | None = None
) -> float:
    """Return how many seconds to leave alone a source that failed `failures` times in a row.

    Doubled each time up to a quarter of an hour, then spread over its upper half by `dice` (0–1), so that
    many do not come back at once. Never sooner than the other side has `asked`.

    >>> [pause_after(n, dice=1.0) for n in (1, 2, 3, 20)]
    [2.0, 4.0, 8.0, 900.0]
    >>> pause_after(1, dice=0.0), pause_after(1, dice=0.0, asked=30.0)
    (1.0, 30.0)
    """
    whole = min(first * 2.0 ** min(failures - 1, 30), LONGEST_PAUSE)
    return max(asked or 0.0, whole * (0.5 + 0.5 * dice))


class Collectors:
    """A Background: keeps every source that is not paused at work. `dice` returns numbers of 0–1."""

    name = "sources"

    def __init__(
        self,
        *,
        owner: str,
        dice: Callable[[], float],
        look: float = LOOK,
        first_pause: float = FIRST_PAUSE,
    ) -> None:
        self._owner, self._dice = owner, dice
        self._look, self._first_pause = look, first_pause
        self._at_work: dict[int, _Work] = {}
        self._elsewhere: dict[int, Micros] = {}

    def run(self, stop: threading.Event) -> None:
        """Keep sources at work until `stop` is set."""
        try:
            while not stop.is_set():
                self.look()
                stop.wait(self._look)
        finally:
            for work in self._at_work.values():
                work.stop.set()
            for work in self._at_work.values():
                work.thread.join(PATIENCE_AT_END)
            connections.close_all()

    def look(self) -> None:
        """Start what is due and stop what is not wanted any more."""
        wanted = wanted_sources(collected_kinds())
        revisions = {number: revision for number, revision, _ in wanted}
        for number, work in list(self._at_work.items()):
            if revisions.get(number) != work.source.revision:
                work.stop.set()
            if not work.thread.is_alive():
                del self._at_work[number]
        now = now_micros()
        for number, _, next_at in wanted:
            free = number not in self._at_work and len(self._at_work) < MOST_AT_ONCE
            if free and next_at <= now and self._elsewhere.get(number, 0) <= now:
                self._start(number, now)

    def _start(self, number: int, now: Micros) -> None:
        lease = Lease.hold(f"listen.source.{number}", self._owner, term=TERM)
        if lease is None:
            self._elsewhere[number] = now + ELSEWHERE
            return
        source = source_by_id(number)
        if source is None:
            lease.release()
            return
        self._at_work[number] = _Work(
            source, lease, dice=self._dice, first_pause=self._first_pause
        ).start()


class _Work:
    """One source at work in a thread of its own, until it is read to its end, fails, or is stopped."""

    def __init__(
        self, source: Source, lease: Lease, *, dice: Callable[[], float], first_pause: float
    ) -> None:
        self.source, self.stop = source, threading.Event()
        self.thread = threading.Thread(target=self._run, name=f"source {source.key}", daemon=True)
        self._lease, self._dice, self._first_pause = lease, dice, first_pause

    def start(self) -> _Work:
        self.thread.start()
        return self

    def _run(self) -> None:
        begun = now_micros()
        try:
            collect(self.source, self._lease, self.stop)
            if not self.stop.is_set():
                rest_until(self.source, now_micros() + every(self.source) * 1_000_000)
        except (Changed, LostLease):
            pass  # another has it now, or it begins anew
        except KeskioError as error:
            self._fail(error, begun)
        except Exception as error:
            # One source's bug must not silence the others.
            log.exception("The source %s failed.", self.source.key)
            said = f"{type(error).__name__}: {error}"
            self._fail(Trouble(said), begun)
        finally:
            self._lease.release()
            connections.close_all()

    def _fail(self, error: KeskioError, begun: Micros) -> None:
        log.warning("source %s: %s", self.source.key, error.message)
        if self.stop.is_set():
            return
        before = Row.objects.filter(pk=self.source.id).values_list("failures", flat=True).first()
        failures = 1 if now_micros() - begun > PROVED else (before or 0) + 1
        asked = error.retry_after if isinstance(error, Trouble) else None
        pause = pause_after(failures, dice=self._dice(), first=self._first_pause, asked=asked)
        is_final = not isinstance(error, Trouble) or error.permanent
        pause = LONGEST_PAUSE if is_final else pause
        next_at = now_micros() + timedelta(seconds=pause) // MICROSECOND
        told = told_of_error(error) or told_of("other", said=str(error))
        note_trouble(self.source, told, next_at=next_at, failures=failures)


def collect(source: Source, lease: Lease | None, stop: threading.Event) -> int:
    """Bring what is new from a source and store it; return how many messages were new.

    A stream goes on until `stop` is set. Raises Trouble, Mistake, Changed and LostLease; what was stored
    before that stays.
    """
    errand = Errand(
        source=source,
        stop=stop,
        now=now_micros,
        recent=lambda since: recent_ids(source.key, since),
    )
    new, written_at, left_out = 0, 0, 0
    hauls = kind_of(source.kind).collect(errand)
    try:
        for haul in hauls:
            if stop.is_set():
                break
            left_out += haul.left_out
            is_quiet = not (haul.posts or haul.gone or haul.faults)
            if is_quiet and now_micros() - written_at < SIGN_OF_LIFE:
                continue
            new += _kept(source, msgspec.structs.replace(haul, left_out=left_out), lease)
            written_at, left_out = now_micros(), 0
    finally:
        close = getattr(hauls, "close", None)
        if close is not None:
            close()
    return new


def _kept(source: Source, haul: Haul, lease: Lease | None) -> int:
    with transaction.atomic():
        if lease is not None:
            lease.renew()
        new = save_haul(source, haul)
    if new or haul.gone:
        wake()
    return new


def every(source: Source) -> int:
    """Return how many seconds lie between two looks at a source."""
    minutes = source.number("every", 0)
    return minutes * 60 if minutes else kind_of(source.kind).every
