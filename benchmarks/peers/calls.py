"""The body of a request as peers' frameworks see it: typed, as their users would write it."""

from __future__ import annotations

import base64
from typing import Any

import msgspec

KEY = "wk_benchmark"
AUTHORIZATION = "Basic " + base64.b64encode(f"{KEY}:".encode()).decode()


class Call(msgspec.Struct, rename="camel"):
    """One event."""

    type: str
    message_id: str
    event: str | None = None
    user_id: str | None = None
    anonymous_id: str | None = None
    timestamp: str | None = None
    properties: dict[str, Any] | None = None
    traits: dict[str, Any] | None = None
    context: dict[str, Any] | None = None
    integrations: dict[str, Any] | None = None


class Batch(msgspec.Struct, rename="camel"):
    """One request."""

    batch: list[Call]
    sent_at: str | None = None


_encode = msgspec.json.Encoder().encode


def rows_of(batch: Batch) -> list[tuple[Any, ...]]:
    """Return a row for each event."""
    return [
        (
            call.message_id,
            call.event or call.type,
            call.user_id,
            call.anonymous_id,
            call.timestamp,
            _encode(
                {"properties": call.properties, "context": call.context, "traits": call.traits}
            ).decode(),
        )
        for call in batch.batch
    ]


def is_known(authorization: str) -> bool:
    """Tell whether the header carries the key."""
    scheme, _, told = authorization.partition(" ")
    return scheme == "Basic" and base64.b64decode(told).decode().partition(":")[0] == KEY
