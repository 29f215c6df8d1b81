"""Beginning, stopping, resuming backtests, and carrying them out a piece at a time."""

from __future__ import annotations

import time
from collections.abc import Callable

import msgspec
from django.db import transaction

from keskio.engine.pressure import longest_window
from keskio.kernel.clock import now_micros
from keskio.kernel.errors import KeskioError
from keskio.lake import api as lake
from keskio.talk.backtests.asked import Asked, Document, program_of
from keskio.talk.backtests.installation import Wish, asked_by, noted_between
from keskio.talk.backtests.models import Backtest, Sample
from keskio.talk.backtests.report import report_of
from keskio.talk.backtests.running import Backtest as Replaying
from keskio.talk.backtests.running import Progress, pack, unpack

KEPT_EVERY = 3.0  # seconds of work that a crash may cost
OPEN = (Backtest.State.WAITING, Backtest.State.RUNNING)


class Stopped(Exception):
    """Somebody has stopped the backtest, or the worker is ending: leave it as it is."""


def begin(wish: Wish, *, title: str = "", by: str = "") -> Backtest:
    """Ask for a backtest; the worker carries it out. Raises BadBacktest for a text that cannot be read."""
    program = program_of(Document(wish.text, wish.variables))
    return Backtest.objects.create(
        title=title or program.key,
        dialogue=program.key,
        wish=msgspec.to_builtins(wish),
        made_at=now_micros(),
        made_by=by,
    )


def stop(number: int) -> bool:
    """Stop a backtest where it is; False when it was not going on."""
    found = Backtest.objects.filter(pk=number, state__in=OPEN)
    return found.update(state=Backtest.State.STOPPED) == 1


def resume(number: int) -> bool:
    """Let a stopped backtest go on; False when it was not stopped."""
    found = Backtest.objects.filter(pk=number, state=Backtest.State.STOPPED)
    return found.update(state=Backtest.State.WAITING) == 1


def run_next(go_on: Callable[[], None]) -> bool:
    """Carry out the oldest backtest that is asked for; False when there is none.

    `go_on` is called now and then and may raise Stopped: what has been done by then is kept.
    """
    found = Backtest.objects.filter(state__in=OPEN).order_by("pk").first()
    if found is None:
        return False
    try:
        carry_out(found, go_on)
    except Stopped:
        return True
    except KeskioError as fault:
        _fail(found.pk, str(fault))
    return True


def carry_out(row: Backtest, go_on: Callable[[], None]) -> None:
    """Carry out a backtest from where it is to its end, keeping the progress every few seconds."""
    if not row.asked:
        asked = asked_by(msgspec.convert(row.wish, Wish))
        row.asked = msgspec.to_builtins(asked)
    asked = msgspec.convert(row.asked, Asked)
    row.state = Backtest.State.RUNNING
    row.save(update_fields=["asked", "state"])
    progress = unpack(bytes(row.progress)) if row.progress else Progress()
    noted = noted_between(asked.since - longest_window(asked.rules), asked.until)
    with lake.engine() as engine:
        replaying = Replaying(asked, engine, noted)
        kept = time.monotonic()
        for _ in replaying.run(progress):
            if time.monotonic() - kept >= KEPT_EVERY:
                _keep(row.pk, progress)
                go_on()
                kept = time.monotonic()
        people = replaying.plays(progress)
    report = report_of(asked, progress.counts, [])
    with transaction.atomic():
        Sample.objects.filter(backtest_id=row.pk).delete()
        Sample.objects.bulk_create(
            Sample(
                backtest_id=row.pk,
                customer_id=one["customer"],
                kinds=one["kinds"],
                lines=one["lines"],
            )
            for one in people
        )
        Backtest.objects.filter(pk=row.pk).update(
            state=Backtest.State.DONE,
            progress=b"",
            done=progress.done,
            people=progress.people or 0,
            turn=progress.turn,
            result=msgspec.to_builtins(report),
            ended_at=now_micros(),
        )


def _keep(number: int, progress: Progress) -> None:
    """Keep the progress; raises Stopped when somebody has stopped the backtest."""
    still = Backtest.objects.filter(pk=number, state=Backtest.State.RUNNING).update(
        progress=pack(progress),
        done=progress.done,
        people=progress.people or 0,
        turn=progress.turn,
    )
    if not still:
        Backtest.objects.filter(pk=number).update(progress=pack(progress), done=progress.done)
        raise Stopped


def _fail(number: int, detail: str) -> None:
    Backtest.objects.filter(pk=number).update(
        state=Backtest.State.FAILED, detail=detail, progress=b"", ended_at=now_micros()
    )
