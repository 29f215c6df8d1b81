"""`keskio mail …`: understanding inbound letters."""

from __future__ import annotations

import sys

import click


@click.group()
def mail() -> None:
    """Inbound letters."""


@mail.command()
def read() -> None:
    """Say what the letter on standard input is, as one line of JSON.

    `kind` is reply, bounce, autoreply, complaint, unsubscribe or other; `text` the new words only;
    `recipients` those a bounce or complaint is about, with `address`, `status` and `hard`.
    """
    import msgspec

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
