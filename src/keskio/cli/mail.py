"""`keskio mail …`: understanding inbound letters."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from keskio.cli.installation import data_option, use_installation


@click.group()
def mail() -> None:
    """Inbound letters."""


@mail.command()
@data_option
def read(data: Path | None) -> None:
    """Say what the letter on standard input is, as one line of JSON.

    `kind` is reply, bounce, autoreply, complaint, unsubscribe or other; `text` the new words only;
    `recipients` those a bounce or complaint is about, with `address`, `status` and `hard`. An
    installation is not needed: it is only where signed references are known.
    """
    import msgspec

    know_references(data)

    from keskio.channels.email.letters import read_letter
    from keskio.kernel.errors import Mistake

    try:
        letter = read_letter(sys.stdin.buffer.read())
    except Mistake as mistake:
        click.echo(mistake.message, err=True)
        sys.exit(2)
    found = {
        "kind": letter.kind,
        "text": letter.text,
        "recipients": [
            {"address": who.address, "status": who.status, "hard": who.hard}
            for who in letter.recipients
        ],
        "from": letter.sender,
        "subject": letter.subject,
        "keyword": letter.keyword,
        "reference": letter.reference,
    }
    click.echo(msgspec.json.encode(found).decode())


def know_references(data: Path | None) -> None:
    """Use the installation's secret where there is one; make none for reading a letter."""
    if (data or Path(os.environ.get("KESKIO_DATA", "var"))).is_dir():
        use_installation(data=data)
        return
    from django.conf import settings

    settings.configure()
