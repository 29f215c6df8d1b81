"""The standing cast of this room's tests: envelopes as a browser and as a server send them."""

from __future__ import annotations

from typing import Any

from keskio.events.contracts import Envelope


def browser(**said: Any) -> Envelope:
    """An envelope that a browser key sent."""
    return envelope(trusted=False, **said)


def server(**said: Any) -> Envelope:
    """An envelope that a server key or a channel of our own vouches for."""
    return envelope(trusted=True, **said)


def envelope(
    *,
    trusted: bool,
    user: str = "",
    anonymous: str = "",
    email: str = "",
    phone: str = "",
    previous: str = "",
    extra: tuple[tuple[str, str], ...] = (),
    traits: dict[str, Any] | None = None,
    name: str = "",
    at: int = 1_000_000,
    body: str = "{}",
) -> Envelope:
    """An envelope of these identifiers."""
    told = (
        ("user_id", user),
        ("email", email),
        ("phone", phone),
        ("anonymous_id", anonymous),
        ("previous_id", previous),
    )
    return Envelope(
        name=name or ("customer.identified" if traits is not None else "Order Completed"),
        at=at,
        received_at=at,
        source=1,
        message_id="m",
        identifiers=(*extra, *(pair for pair in told if pair[1])),
        body=body,
        traits=traits,
        trusted=trusted,
    )
