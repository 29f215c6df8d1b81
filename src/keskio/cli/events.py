"""`keskio events`: the log, to be read by other programs."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from keskio.cli.installation import data_option, use_installation
from keskio.kernel.clock import from_micros, to_micros

if TYPE_CHECKING:
    from keskio.events.contracts import LoggedEvent

AT_ONCE = 5000


@click.group()
def events() -> None:
    """Read the log."""


@events.command()
@click.option("--since", help="Only events received at this time (ISO 8601) or later.")
@data_option
def export(since: str | None, data: Path | None) -> None:
    """Print the log as JSON Lines, in its order."""
    after = None if since is None else _instant_of(since)
    use_installation(data=data)
    from keskio.events import api
    from keskio.tracking import api as tracking

    sources = tracking.source_keys()
    encoder = msgspec.json.Encoder()
    out = sys.stdout.buffer
    place = 0
    while batch := api.events_between(place, since=after, limit=AT_ONCE):
        place = batch[-1].id
        out.write(encoder.encode_lines(_line_of(event, sources) for event in batch))
    out.flush()


def _instant_of(told: str) -> int:
    try:
        at = datetime.fromisoformat(told)
    except ValueError:
        raise click.BadParameter(
            f"{told!r} is no time. Write it as 2026-11-22 or 2026-11-22T15:04:05Z.",
            param_hint="--since",
        ) from None
    return to_micros(at if at.tzinfo else at.replace(tzinfo=UTC))


def _line_of(event: LoggedEvent, sources: dict[int, str]) -> dict[str, Any]:
    """Return one event as it is printed; its body's objects stand beside its own fields."""
    return {
        "id": event.id,
        "at": from_micros(event.at),
        "received_at": from_micros(event.received_at),
        "customer": event.customer,
        "name": event.name,
        "source": sources.get(event.source, ""),
        "message_id": event.message_id,
        **msgspec.json.decode(event.body),
    }
