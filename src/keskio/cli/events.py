"""`keskio events …`: the log as JSON Lines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from keskio.cli.installation import data_option, use_installation
from keskio.kernel.clock import from_micros, to_micros

if TYPE_CHECKING:
    from keskio.events.contracts import LoggedEvent

SLICE = 1000


@click.group()
def events() -> None:
    """The log of everything that happens."""


@events.command()
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"]),
    help="Only what was received then or later; UTC unless an offset is given.",
)
@data_option
def export(since: datetime | None, data: Path | None) -> None:
    """Print the log, one event a line, in its order.

    Each line has `id`, `customer`, `name`, `at`, `received_at`, `source`, `message_id`, and the
    `properties`, `context` and `traits` of its body.
    """
    use_installation(data=data)
    import msgspec

    for event in _events_since(since):
        line = {
            "id": event.id,
            "customer": event.customer,
            "name": event.name,
            "at": from_micros(event.at).isoformat(),
            "received_at": from_micros(event.received_at).isoformat(),
            "source": event.source,
            "message_id": event.message_id,
            **msgspec.json.decode(event.body, type=dict[str, object]),
        }
        click.echo(msgspec.json.encode(line).decode())


def _events_since(since: datetime | None) -> Iterator[LoggedEvent]:
    from keskio.events.api import events_between

    if since is not None and since.tzinfo is None:
        since = since.replace(tzinfo=UTC)
    start = None if since is None else to_micros(since)
    position = 0
    while found := events_between(position, since=start, limit=SLICE):
        yield from found
        position = found[-1].id
