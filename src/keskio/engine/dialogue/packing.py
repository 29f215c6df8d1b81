"""An enrolment as bytes for a row: a tenth of what all waiting customers take is decided here.

Moments are told by how much later than `since` they are, in seconds where that comes out even; words
that the engine says itself by their place in a list; what is empty at the end is left out. Rows of the
older shape, which begin with the status as a word, are read for ever.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec

from keskio.engine.dialogue.enrolment import (
    ENDED,
    EXITED,
    FAILED,
    WAITING,
    Enrolment,
    Question,
    Timer,
)

STATUSES = (WAITING, ENDED, EXITED, FAILED)
# New words are added at the end: their places stand in rows. A word that is not here stands as a text.
WORDS = (
    *("", "answer", "result", "delivery", "time", "verdict", "held", "task", "call", "start"),
    *(
        "stock",
        "survey",
        "question",
        "ends",
        "gate",
        "deadline",
        "overdue",
        "remind",
        "item",
        "run",
    ),
)
_STATUS_BYTES = frozenset(bytes([place]) for place in range(len(STATUSES)))
SECOND = 1_000_000
_CODES: dict[str, int | str] = {word: place for place, word in enumerate(WORDS)}
_STATUS_CODES = {status: place for place, status in enumerate(STATUSES)}

Word: TypeAlias = int | str


class _Asked(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An open question; None stands for what is the same in the enrolment."""

    visit: int
    until: int
    asked_at: int
    others: int
    step: str | None
    channel: str | None


class _Row(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A row: its fields in the order in which they are needed, so that the last are mostly left out."""

    status: int
    step: str
    visit: int
    since: int
    phase: Word = ""
    timers: tuple[Word, ...] = ()
    question: _Asked | None = None
    channel: str = ""
    outcome: str = ""
    object: str = ""
    variables: dict[str, Any] = {}
    places: dict[str, list[Any]] = {}
    told: dict[str, str] = {}


_encode = msgspec.msgpack.Encoder().encode
_read = msgspec.msgpack.Decoder(_Row).decode
_read_older = msgspec.msgpack.Decoder(Enrolment).decode


def pack(enrolment: Enrolment) -> bytes:
    """Return the state as bytes for a row."""
    e = enrolment
    since, asked, timers = e.since, None, e.timers
    told: list[Word] = []
    for timer in timers:
        told += (_later(timer.due, since), _CODES.get(timer.kind, timer.kind), timer.visit)
    q = e.question
    if q is not None:
        until = told[0] if timers and timers[0].due == q.until else _later(q.until, since)
        asked = (
            q.visit,
            until,
            0 if q.asked_at == since else _later(q.asked_at, since),
            q.others,
            None if q.step == e.step else q.step,
            None if q.channel == e.channel else q.channel,
        )
    phase = _CODES.get(e.phase, e.phase)
    row: tuple[Any, ...] = (_STATUS_CODES[e.status], e.step, e.visit, since)
    row += (phase, told, asked, e.channel)
    if e.object or e.variables or e.places or e.told:
        row += (e.outcome, e.object, e.variables, e.places, e.told)
    elif e.outcome:
        row += (e.outcome,)
    return _encode(row)


def unpack(row: bytes) -> Enrolment:
    """Return the state that `pack` wrote, now or in an older version."""
    if row[1:2] not in _STATUS_BYTES:  # the first field, behind the number of fields
        return _read_older(row)
    told = _read(row)
    since, codes = told.since, told.timers
    timers: tuple[Timer, ...] = ()
    if len(codes) == 3:  # as most have
        due, kind, visit = codes
        timers = (Timer(_moment(due, since), _word(kind), int(visit)),)
    elif codes:
        found = zip(codes[::3], codes[1::3], codes[2::3], strict=True)
        timers = tuple([Timer(_moment(d, since), _word(k), int(visit)) for d, k, visit in found])
    question, q = None, told.question
    if q is not None:
        question = Question(
            told.step if q.step is None else q.step,
            q.visit,
            _moment(q.until, since),
            told.channel if q.channel is None else q.channel,
            q.others,
            _moment(q.asked_at, since),
        )
    return Enrolment(
        STATUSES[told.status],
        told.step,
        told.visit,
        _word(told.phase),
        since,
        timers,
        question,
        told.variables,
        told.object,
        told.outcome,
        told.channel,
        told.places,
        told.told,
    )


def _later(moment: int, since: int) -> int:
    """Return how much later a moment is: whole seconds as even numbers, microseconds as odd ones."""
    seconds, rest = divmod(moment - since, SECOND)
    return seconds * 2 if rest == 0 else (moment - since) * 2 + 1


def _moment(later: Any, since: int) -> int:
    found: int = since + (later >> 1 if later & 1 else (later >> 1) * SECOND)
    return found


def _word(code: Any) -> str:
    return code if type(code) is str else WORDS[code]
