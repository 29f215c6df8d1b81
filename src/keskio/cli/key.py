"""`keskio key …`: write keys of sources."""

from __future__ import annotations

from pathlib import Path

import click

from keskio.cli.installation import data_option, use_installation


@click.group()
def key() -> None:
    """Write keys, with which sources send events."""


@key.command()
@click.option("--source", "name", required=True, help="The source's key or name; made if new.")
@click.option("--browser", is_flag=True, help="A key that anybody may see, for web pages.")
@data_option
def create(name: str, *, browser: bool, data: Path | None) -> None:
    """Print a new write key of a source. A server's key is shown only this once."""
    use_installation(data=data)
    from keskio.cli.setup import bring_up_to_date
    from keskio.tracking.api import add_key, add_source, source_by_key_or_name

    bring_up_to_date()
    source = source_by_key_or_name(name) or add_source(name)
    _row, text = add_key(source, browser=browser)
    click.echo(text)
