"""`keskio know`: customers in and out."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import IO, Any, NoReturn

import click
import msgspec

from keskio.cli.installation import data_option, prepare_django, use_installation
from keskio.cli.privacy import erase
from keskio.know.contracts import ConsentRow, NewPerson

LONGEST_TIMELINE = 100_000
MOST_SHOWN = 20
SHOWN_COUNTS = ("new", "changed", "unchanged", "skipped", "refused", "events", "objects", "faults")


class Line(msgspec.Struct, forbid_unknown_fields=True):
    """One person of an import: `{"identifiers": {"crm": "K1", "email": ["a@…"]}, "traits": …}`."""

    identifiers: dict[str, str | list[str]]
    traits: dict[str, Any] = {}
    consents: list[ConsentRow] = []


@click.group()
def know() -> None:
    """Import and export customers."""


know.add_command(erase)


@know.command("import")
@click.argument("file", type=click.File("rb"), default="-")
@click.option(
    "--mapping",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The mapping (YAML) by which FILE, a CSV or an Excel file, is read.",
)
@click.option("--dry-run", is_flag=True, help="Say what would come of it, and change nothing.")
@click.option(
    "--errors",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the cells and rows that cannot be taken into this CSV file.",
)
@data_option
def import_(
    file: IO[bytes], mapping: Path | None, dry_run: bool, errors: Path | None, data: Path | None
) -> None:
    """Take in people: from CSV or Excel by a mapping, or else from JSON Lines.

    The same file again changes nothing, and an import that was broken off goes on where it was.
    Rows that cannot be taken are told of and left out, and the exit code is then 1.
    """
    use_installation(data=data)
    if mapping is not None:
        _import_file(file, mapping, is_trial=dry_run, errors=errors)
    if dry_run or errors:
        raise click.UsageError("--dry-run and --errors need a --mapping.")
    from keskio.know.api import import_people

    wrong: list[str] = []
    count = import_people(_people(file, wrong))
    for sentence in wrong:
        click.echo(sentence, err=True)
    click.echo(f"{count} people taken in, {len(wrong)} lines left out.")
    sys.exit(1 if wrong else 0)


def _import_file(
    file: IO[bytes], mapping: Path, *, is_trial: bool, errors: Path | None
) -> NoReturn:
    """Take in a file by its mapping under a progress bar, tell of it, and leave."""
    from keskio.know.api import fault_rows, import_file, report_csv

    path = _path_of(file)
    with click.progressbar(length=path.stat().st_size, label=path.name, file=sys.stderr) as bar:
        report = import_file(
            path,
            mapping.read_text(encoding="utf-8"),
            is_trial=is_trial,
            watch=lambda done, _whole: bar.update(done - bar.pos),
        )
    if errors is not None:
        with errors.open("w", encoding="utf-8", newline="") as out:
            out.writelines(report_csv(fault_rows(report.job)))
    else:
        for row, column, value, sentence in islice(fault_rows(report.job), MOST_SHOWN):
            place = f"Row {row}" + (f", column {column}: {value!r}" if column else "")
            click.echo(f"{place}. {sentence}", err=True)
    told = ", ".join(f"{report.counts.get(name, 0)} {name}" for name in SHOWN_COUNTS)
    click.echo(f"{'Tried out' if is_trial else 'Taken in'}: {told}.")
    sys.exit(1 if report.counts.get("faults") else 0)


def _path_of(file: IO[bytes]) -> Path:
    path = Path(file.name)
    if not path.is_file():
        raise click.UsageError("A mapping reads a file: name one.")
    return path


@know.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--key", required=True, help="The column by which rows are told apart.")
@click.option(
    "--mapping",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The mapping (YAML) by which FILE is read.",
)
@click.option("--rules-only", is_flag=True, help="By identifiers alone, without likeness.")
@data_option
def match(file: Path, key: str, mapping: Path, *, rules_only: bool, data: Path | None) -> None:
    """Say which rows of a CSV or Excel FILE are one customer.

    By the rules of identity, and by likeness where it is nearly certain: names, addresses, phones and
    birthdays, with vetoes. Prints a line of JSON for each row: its key, and a number that rows of one
    customer share. Nothing is written anywhere.
    """
    prepare_django(data=data)
    from keskio.know.api import join_likely, match_file

    deepen = None if rules_only else join_likely
    text = mapping.read_text(encoding="utf-8")
    for name, customer in match_file(file, text, key, deepen=deepen):
        line = msgspec.json.encode({"id": name, "customer": customer})
        sys.stdout.buffer.write(line + b"\n")


@know.command()
@click.argument("customer", type=int)
@click.option(
    "--format",
    "form",
    type=click.Choice(["json", "html", "zip"]),
    default="json",
    help="JSON, a page to read, or both packed for the customer.",
)
@click.option(
    "--language", type=click.Choice(["fi", "sv", "en"]), default="fi", help="Of the page."
)
@data_option
def export(customer: int, form: str, language: str, data: Path | None) -> None:
    """Print everything that is held of CUSTOMER (Keskiö's own number), of every table, as JSON.

    `held` names each table with its rows as they stand.
    """
    use_installation(data=data)
    from keskio.events.api import events_of
    from keskio.kernel.clock import from_micros
    from keskio.know.api import everything_about, everything_of, export_as, same_person_ids

    everything, held = everything_of(customer), everything_about(customer)
    if everything is None or held is None:
        click.echo(f"There is no customer {customer}.", err=True)
        sys.exit(1)
    if form != "json":
        sys.stdout.buffer.write(export_as(form, held, language))
        return
    everything["held"] = held["held"]
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
