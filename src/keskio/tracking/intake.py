"""The job that turns spooled requests into events of customers, in batches.

A turn takes the rows behind its cursor, lets the parser of each row's kind split and check them, drops
what was taken before, asks who each event speaks of, and appends: all in one transaction with the
cursor, so that a crash at any moment changes nothing but the time. What cannot be taken is set
aside with a reason; no row, however odd, stops those behind it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence

import msgspec
from django.db import InterfaceError, OperationalError, transaction

from keskio.events import api as events
from keskio.events.contracts import (
    Absorber,
    Envelope,
    Fault,
    NewEvent,
    Parser,
    Resolver,
    SpoolRow,
)
from keskio.kernel.clock import Micros
from keskio.kernel.errors import Trouble
from keskio.tracking.actions import set_aside
from keskio.tracking.contracts import MINTED
from keskio.tracking.plan import count
from keskio.tracking.reasons import Reason
from keskio.tracking.seen import Digest, digest_of, digest_of_text, remember
from keskio.tracking.texts import written

log = logging.getLogger(__name__)

NAME = "intake"
BATCH = 1000
# The database's trouble is not the row's fault: the turn is taken again later.
PASSING = (OperationalError, InterfaceError, Trouble)


class Read(msgspec.Struct, gc=False):
    """A spool row and what its parser made of it."""

    row: SpoolRow
    envelopes: list[Envelope]
    faults: list[Fault]


class Intake:
    """Takes spool rows into the log. `parsers` by the rows' kind; `resolve` and `absorb` are know's.

    `batch` is how many events a transaction aims at; a row is never split over two. `refresh` runs
    before each batch: what the parsers go by (the data plan) may have changed.
    """

    name = NAME

    def __init__(
        self,
        parsers: Mapping[str, Parser],
        resolve: Resolver,
        absorb: Absorber,
        *,
        batch: int = BATCH,
        refresh: Callable[[], None] = lambda: None,
    ) -> None:
        self._parsers = dict(parsers)
        self._refresh = refresh
        self._taken: list[Envelope] = []
        self._resolve = resolve
        self._absorb = absorb
        self._batch = batch
        self._rows = batch
        self._caught_up_at = 0

    def caught_up_at(self) -> Micros:
        """Return the last moment at which everything that had been spooled was in the log."""
        return self._caught_up_at

    def turn(self, now: Micros) -> bool:
        """Take one batch; True when there may be more."""
        position = events.cursor_of(NAME)
        asked = self._rows
        rows = events.spooled_after(position, asked)
        if not rows:
            self._caught_up_at = now
            return False
        self._refresh()
        batch = self._read(rows)
        try:
            self._commit(position, batch, self._take, now)
        except PASSING:
            raise
        except Exception:
            log.exception("intake: a batch failed; its events are now taken one by one")
            self._commit(position, batch, self._take_singly, now)
        self._pace(batch)
        is_full = len(rows) >= asked or sum(len(row.body) for row in rows) >= events.MOST_BYTES
        return is_full or len(batch) < len(rows)

    def _read(self, rows: Sequence[SpoolRow]) -> list[Read]:
        """Parse rows until a batch is full, the first one in any case."""
        batch: list[Read] = []
        count = 0
        for row in rows:
            read = self._parse(row)
            batch.append(read)
            count += len(read.envelopes) + len(read.faults)
            if count >= self._batch:
                break
        return batch

    def _parse(self, row: SpoolRow) -> Read:
        parser = self._parsers.get(row.kind)
        if parser is None:
            sentence = f"Nothing in this installation reads what is of the kind {row.kind!r}."
            return Read(row, [], [_whole(row, Reason.UNKNOWN_KIND, sentence)])
        try:
            return Read(row, *parser(row))
        except PASSING:
            raise
        except Exception as error:
            log.exception("intake: the parser of %r failed on row %d", row.kind, row.id)
            sentence = f"The parser of {row.kind!r} failed: {_said(error)}."
            return Read(row, [], [_whole(row, Reason.PARSER_FAILED, sentence)])

    def _pace(self, batch: Sequence[Read]) -> None:
        """Next time, read about as many rows as make a batch."""
        count = sum(len(read.envelopes) + len(read.faults) for read in batch)
        per_row = max(1.0, count / len(batch))
        self._rows = max(1, min(self._batch, round(self._batch / per_row)))

    def _commit(
        self,
        position: int,
        batch: Sequence[Read],
        take: Callable[[Sequence[Read], Micros], list[Fault]],
        now: Micros,
    ) -> None:
        with transaction.atomic():
            if events.locked_cursor_of(NAME) != position:
                return  # another worker has taken this batch
            self._taken = []
            faults = take(batch, now)
            faults += [fault for read in batch for fault in read.faults]
            new = _new_faults(faults, now)
            set_aside([fault for fault in new if fault.reason != Reason.OBSERVED])
            count(self._taken, new, now)
            events.move_cursor(NAME, batch[-1].row.id)

    def _take(self, batch: Sequence[Read], now: Micros) -> list[Fault]:
        """Take all events of a batch together."""
        told = [(read.row.kind, envelope) for read in batch for envelope in read.envelopes]
        self._append(_new_envelopes(told, now))
        return []

    def _take_singly(self, batch: Sequence[Read], now: Micros) -> list[Fault]:
        """Take each event by itself; those that fail are left out, and their rows set aside."""
        faults: list[Fault] = []
        for read in batch:
            failed: list[str] = []
            for envelope in read.envelopes:
                try:
                    with transaction.atomic():
                        self._append(_new_envelopes([(read.row.kind, envelope)], now))
                except PASSING:
                    raise
                except Exception as error:
                    log.exception("intake: %r of row %d failed", envelope.name, read.row.id)
                    failed.append(_said(error))
            if failed:
                sentence = (
                    f"{len(failed)} of its {len(read.envelopes)} events could not be taken:"
                    f" {failed[0]}. The others are in the log."
                )
                faults.append(_whole(read.row, Reason.NOT_TAKEN, sentence))
        return faults

    def _append(self, envelopes: Sequence[Envelope]) -> None:
        """Append envelopes as events of customers, and right after them what follows from them."""
        if not envelopes:
            return
        placed = self._resolve(envelopes)
        told = [
            NewEvent(c, e.name, e.at, e.body, e.received_at, e.source, e.message_id, r)
            for e, c, r in zip(envelopes, placed.customers, placed.records, strict=True)
        ]
        events.append_events([*told, *self._absorb(envelopes, placed)])
        self._taken += envelopes


def _new_envelopes(told: Sequence[tuple[str, Envelope]], now: Micros) -> list[Envelope]:
    """Return the envelopes that were not taken before, by the time at which they happened.

    Clients send an alias before the events that it speaks of; time puts that right in a batch.
    """
    by_digest: dict[Digest, Envelope] = {}
    for kind, envelope in told:
        text = f"{kind}\x1f{envelope.source}\x1f{envelope.message_id}"
        by_digest.setdefault(digest_of_text(text), envelope)
    new = remember(list(by_digest), now=now)
    found = [envelope for digest, envelope in by_digest.items() if digest in new]
    found.sort(key=_at)
    return found


def _at(envelope: Envelope) -> Micros:
    return envelope.at


def _new_faults(faults: Sequence[Fault], now: Micros) -> list[Fault]:
    """Return the faults that were not set aside before; what a person put back always counts."""
    if not faults:
        return []
    by_digest = {_digest_of_fault(fault): fault for fault in faults}
    new = remember(list(by_digest), now=now)
    return [fault for digest, fault in by_digest.items() if digest in new]


def _digest_of_fault(fault: Fault) -> Digest:
    minted = not fault.message_id or fault.message_id.startswith(MINTED)
    told = fault.item if minted else fault.message_id
    return digest_of(
        "fault", fault.kind, fault.source, fault.reason, told, _back(fault.meta).replay
    )


class Back(msgspec.Struct, frozen=True, gc=False):
    """What the meta of any kind of row says when a person has put it back."""

    replay: int = 0
    message_id: str = ""


def _back(meta: str) -> Back:
    try:
        return msgspec.json.decode(meta, type=Back)
    except msgspec.DecodeError:
        return Back()


def _whole(row: SpoolRow, reason: Reason, sentence: str) -> Fault:
    return Fault(
        source=row.source,
        reason=reason,
        sentence=sentence,
        item=written(row.body),
        received_at=row.received_at,
        message_id=_base_of(row),
        kind=row.kind,
        meta=row.meta,
    )


def _base_of(row: SpoolRow) -> str:
    """Return what the message ids of this row were minted from, so that a replay mints the same."""
    return _back(row.meta).message_id or f"{MINTED}{row.id}"


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error)[:300]}"
