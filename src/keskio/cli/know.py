"""`keskio know`: customers in and out, as JSON."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import click
import msgspec

from keskio.cli.installation import data_option, use_installation
from keskio.know.contracts import ConsentRow, NewPerson

LONGEST_TIMELINE = 100_000


class Line(msgspec.Struct, forbid_unknown_fields=True):
    """One person of an import: `{"identifiers": {"crm": "K1", "email": ["a@…"]}, "traits": …}`."""

    identifiers: dict[str, str | list[str]]
    traits: dict[str, Any] = {}
    consents: list[ConsentRow] = []


@click.group()
def know() -> None:
    """Import and export customers."""


@know.command("import")
@click.argument("file", type=click.File("rb"), default="-")
@data_option
def import_(file: IO[bytes], data: Path | None) -> None:
    """Take in people from JSON Lines; the same lines again change nothing.

    Lines that cannot be read are told of and left out, and the exit code is then 1.
    """
    use_installation(data=data)
    from keskio.know.api import import_people

    wrong: list[str] = []
    count = import_people(_people(file, wrong))
    for sentence in wrong:
        click.echo(sentence, err=True)
    click.echo(f"{count} people taken in, {len(wrong)} lines left out.")
    sys.exit(1 if wrong else 0)


@know.command()
@click.argument("customer", type=int)
@data_option
def export(customer: int, data: Path | None) -> None:
    """Print everything that is known of CUSTOMER (Keskiö's own number) as one JSON object."""
    use_installation(data=data)
    from keskio.events.api import events_of
    from keskio.kernel.clock import from_micros
    from keskio.know.api import everything_of, same_person_ids

    everything = everything_of(customer)
    if everything is None:
        click.echo(f"There is no customer {customer}.", err=True)
        sys.exit(1)
    everything["events"] = [
        {"id": e.id, "at": from_micros(e.at), "name": e.name, **msgspec.json.decode(e.body)}
        for e in reversed(events_of(same_person_ids(customer), limit=LONGEST_TIMELINE))
    ]
    out = msgspec.json.format(msgspec.json.encode(everything), indent=2)
    sys.stdout.buffer.write(out + b"\n")


def _people(file: IO[bytes], wrong: list[str]) -> Iterator[NewPerson]:
    decode = msgspec.json.Decoder(Line).decode
    for number, text in enumerate(file, start=1):
        if not text.strip():
            continue
        try:
            line = decode(text)
        except msgspec.MsgspecError as error:
            wrong.append(f"Line {number} cannot be read: {error}.")
            continue
        pairs = tuple(
            (kind, value)
            for kind, values in line.identifiers.items()
            for value in ([values] if isinstance(values, str) else values)
            if value
        )
        if pairs:
            yield NewPerson(pairs, line.traits, tuple(line.consents))
        else:
            wrong.append(f"Line {number} names nobody: give at least one identifier.")
