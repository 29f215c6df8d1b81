"""The parsers of what came in: spool rows of the kinds `sms` and `email` become envelopes.

What a row's `meta` holds is written down in `Meta`, because the receivers write it and the providers
read it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from keskio.channels.contracts import Keyword
from keskio.channels.registry import providers
from keskio.events.contracts import Envelope, Fault, Parser, SpoolRow
from keskio.kernel.clock import Micros
from keskio.kernel.sql import storable

SOURCE = 0
KINDS = ("sms", "email")


class Meta(msgspec.Struct, frozen=True, omit_defaults=True):
    """What stands beside a stored request or letter.

    `query` and `content_type` belong to HTTP; `recipients` and `sender` to a letter's envelope.
    `region` is the country of numbers without a country code. `at` is when the other side says it
    took the message (0: unknown). `notes` are the provider's own.
    """

    account: int
    provider: str
    query: str = ""
    content_type: str = ""
    recipients: tuple[str, ...] = ()
    sender: str = ""
    region: str = "FI"
    at: Micros = 0
    notes: dict[str, str] = {}


def parsers() -> Mapping[str, Parser]:
    """Return the parser of each kind of spool row that the channels write."""
    return dict.fromkeys(KINDS, read_row)


def read_row(row: SpoolRow) -> tuple[list[Envelope], list[Fault]]:
    """Return what a stored request or letter says, read by the provider that received it."""
    meta = read_meta(row)
    provider = providers().get(meta.provider)
    if provider is None:
        sentence = (
            f"This came through the provider {meta.provider!r}, which is not installed any more. "
            "Install it again and replay the row."
        )
        return [], [fault(row, reason="unknown_provider", sentence=sentence)]
    return provider.read(row)


def read_meta(row: SpoolRow) -> Meta:
    """Return the `meta` of a row that one of our receivers wrote."""
    return msgspec.json.decode(row.meta, type=Meta)


def fault(row: SpoolRow, *, reason: str, sentence: str) -> Fault:
    """Return a fault about a whole row."""
    return Fault(
        source=row.source,
        reason=reason,
        sentence=sentence,
        item=row.body.decode("utf-8", "replace")[:4000],
        received_at=row.received_at,
        kind=row.kind,
        meta=row.meta,
    )


def received(  # noqa: PLR0913 - one argument for each property
    row: SpoolRow,
    *,
    channel: str,
    message_id: str,
    identifiers: tuple[tuple[str, str], ...],
    text: str,
    keyword: Keyword,
    at: Micros = 0,
    **more: Any,
) -> Envelope:
    """Return the envelope `message.received`: somebody answered, or wrote to us first."""
    properties = {"channel": channel, "text": text, "keyword": keyword, **more}
    return _envelope(row, "message.received", message_id, identifiers, properties, at=at)


def reported(
    row: SpoolRow,
    *,
    channel: str,
    message_id: str,
    identifiers: tuple[tuple[str, str], ...],
    status: str,
    at: Micros = 0,
    **more: Any,
) -> Envelope:
    """Return the envelope `delivery.reported`: what became of a message after the hand-over."""
    properties = {"channel": channel, "status": status, **more}
    return _envelope(row, "delivery.reported", message_id, identifiers, properties, at=at)


def _envelope(
    row: SpoolRow,
    name: str,
    message_id: str,
    identifiers: tuple[tuple[str, str], ...],
    properties: Mapping[str, Any],
    *,
    at: Micros,
) -> Envelope:
    return Envelope(
        name=name,
        # Another machine's clock is believed about the past, never about the future.
        at=min(at or row.received_at, row.received_at),
        received_at=row.received_at,
        source=SOURCE,
        message_id=storable(message_id),
        identifiers=identifiers,
        body=msgspec.json.encode({"properties": _storable(properties)}).decode(),
        trusted=True,
    )


def _storable(value: Any) -> Any:
    """Return what strangers wrote without what no table can hold: followers of the log keep its texts."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, Mapping):
        return {name: _storable(one) for name, one in value.items()}
    return [_storable(one) for one in value] if isinstance(value, list | tuple) else value
