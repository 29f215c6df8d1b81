"""When something happened, from what a client says and when its request arrived.

The client's clock may be wrong; the difference between its `sentAt` and the moment of arrival tells by
how much (Segment's rule: timestamp = receivedAt - (sentAt - originalTimestamp)).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TypeAlias

from keskio.kernel.clock import EPOCH, MICROSECOND, Micros, to_micros

Told: TypeAlias = str | int | float | None
EARLIEST = to_micros(datetime(1900, 1, 1, tzinfo=UTC))
LATEST = to_micros(datetime(2200, 1, 1, tzinfo=UTC))
# Numbers are seconds, milliseconds or microseconds since 1970; each is told by its size.
SECONDS_BELOW = 1e11
MILLISECONDS_BELOW = 1e14


def instant_of(told: Told) -> Micros | None:
    """Return the instant that a client's ISO 8601 text or number means, or None if it means none.

    A time without a zone is read as UTC. Years before 1900 and from 2200 are no instants.

    >>> instant_of("1970-01-01T00:00:01.5Z"), instant_of("1970-01-01T02:00:00+02:00")
    (1500000, 0)
    >>> instant_of(1_700_000_000), instant_of(1_700_000_000_000), instant_of("yesterday")
    (1700000000000000, 1700000000000000, None)
    """
    if told is None or told == "":
        return None
    try:
        # What nearly every client sends takes the short way.
        at = (datetime.fromisoformat(told) - EPOCH) // MICROSECOND  # type: ignore[arg-type]
    except (ValueError, TypeError):
        try:
            at = _from_text(told) if isinstance(told, str) else _from_number(told)
        except (ValueError, OverflowError):
            return None
    return at if EARLIEST <= at < LATEST else None


def _from_text(told: str) -> Micros:
    text = told.strip()
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return _from_number(float(text))
    return to_micros(at if at.tzinfo else at.replace(tzinfo=UTC))


def _from_number(told: float) -> Micros:
    size = abs(told)
    if size < SECONDS_BELOW:
        return round(told * 1_000_000)
    return round(told * 1000) if size < MILLISECONDS_BELOW else round(told)


def happened_at(
    original: Micros | None, *, sent: Micros | None, received: Micros, own_time: bool
) -> Micros:
    """Return when the event happened by our clock.

    `own_time`: the source's clock is trusted (backfills), and nothing is corrected. Without a
    `sent` time there is nothing to correct by.
    """
    if original is None:
        return received
    if own_time or sent is None:
        return original
    return received - (sent - original)
