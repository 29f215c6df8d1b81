"""`keskio key`: write keys for sources."""

from __future__ import annotations

from pathlib import Path

import click

from keskio.cli.installation import data_option, use_installation


@click.group()
def key() -> None:
    """Make write keys for sources."""


@key.command()
@click.option("--source", required=True, help="The source's name or key; a new one is added.")
@click.option("--browser", is_flag=True, help="For web pages and apps: public, never vouches.")
@data_option
def create(source: str, *, browser: bool, data: Path | None) -> None:
    """Print a new write key. A server's key is shown only now."""
    use_installation(data=data)
    from keskio.tracking import api as tracking

    found = tracking.source_by_key_or_name(source) or tracking.add_source(source)
    _, text = tracking.add_key(found, browser=browser)
    click.echo(text)
