"""Verbs about dialogues as files. `check` and `play` need no installation and no database."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeAlias

import click
import msgspec

from keskio.cli.backtest import backtest
from keskio.cli.installation import data_option, use_installation
from keskio.cli.publishing import export, publish
from keskio.engine.dialogue.findings import Finding, error
from keskio.engine.dialogue.program import Program
from keskio.engine.dialogue.schema import definition_schema
from keskio.engine.times import parse_moment
from keskio.kernel.errors import Mistake
from keskio.talk.documents import compile_text, playbook_text
from keskio.talk.play import Play
from keskio.talk.scripts import read_script

file_argument = click.Path(exists=True, dir_okay=False, path_type=Path)
ON_PAPER = (
    "Checked on paper only; with --live also against the events, segments, offers, rules and other"
    " dialogues of an installation."
)
Find: TypeAlias = Callable[[str], tuple[Program | None, list[Finding]]]
STOP_CONFIRMATION = "stop-confirmation"  # always there, so it is there in a play too


class BadDefinition(Mistake):
    """The definition cannot be played."""

    code = "bad_definition"


@click.group()
def dialogue() -> None:
    """Check, play, publish and export dialogues."""


@dialogue.command()
@click.argument("files", type=file_argument, nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--lang",
    type=click.Choice(["en", "fi"]),
    default="en",
    show_default=True,
    help="The language of the sentences.",
)
@click.option("--live", is_flag=True, help="Look also at what this installation has.")
@data_option
def check(files: tuple[Path, ...], *, lang: str, live: bool, data: Path | None) -> None:
    """Find mistakes in definitions: one finding a line, as JSON.

    Exits 1 when any of them is an error. Without --live no database is needed, and nothing is said of
    events, segments, offers, rules and other dialogues.
    """
    find: Find = compile_text
    if live:
        use_installation(data=data)
        from keskio.talk.worlds import live_check

        find = live_check
    else:
        click.echo(ON_PAPER, err=True)
    failed = False
    for file in files:
        _, findings = read_file(file, find)
        write_lines(line_of(file, finding, lang) for finding in findings)
        failed = failed or any(finding.severity == "error" for finding in findings)
    sys.exit(1 if failed else 0)


@dialogue.command()
def schema() -> None:
    """Print the JSON Schema of definitions, for editors and other programs."""
    sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(definition_schema())) + b"\n")


@dialogue.command()
@click.argument(
    "files", type=file_argument, nargs=-1, required=True, metavar="FILE... EVENTS.jsonl"
)
@click.option("--until", metavar="T", help="Stop after this date or time.")
@click.option("--seed", type=int, default=0, show_default=True, help="What codes are made from.")
@click.option("--summary", is_flag=True, help="Print how many there were of each outcome instead.")
def play(files: tuple[Path, ...], *, until: str | None, seed: int, summary: bool) -> None:
    """Play definitions in virtual time against a script of customers and events.

    Prints every effect and every reason in order, one a line, as JSON. Several FILEs are played
    together: they can start, stop and hinder one another. Needs no database: the same definitions,
    script and seed always give the same lines.
    """
    if len(files) < 2:
        raise click.UsageError("Name a definition, and behind it the script: FILE... EVENTS.jsonl")
    programs = [_playable(file) for file in files[:-1]]
    keys = [program.key for program in programs]
    if len(set(keys)) < len(keys):
        raise BadDefinition(f"Two of the files are the same dialogue: {', '.join(keys)}.")
    zone = programs[0].zone
    script = read_script(files[-1].read_bytes().splitlines(), zone)
    end = None if until is None else moment_option(until, zone)
    always = [] if STOP_CONFIRMATION in keys else [stop_confirmation()]
    stage = Play([*programs, *always], seed=seed, quiet=summary)
    gc.disable()  # a play makes no cycles, and looking for some among a million people takes long
    try:
        write_lines(stage.run(script, end))
    finally:
        gc.enable()
    if summary:
        write_lines(stage.teller.summary())


def _playable(file: Path) -> Program:
    program, findings = read_file(file)
    if program is None or any(finding.severity == "error" for finding in findings):
        raise BadDefinition(" ".join([f"{file} cannot be played.", *map(told, findings)]))
    return program


def read_file(file: Path, find: Find = compile_text) -> tuple[Program | None, list[Finding]]:
    """Return the program in `file` and what `find` finds; a file that is no text is a finding."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as fault:
        return None, [error("unreadable", detail=f"it is not UTF-8 text ({fault.reason})")]
    return find(text)


def stop_confirmation() -> Program:
    """Return the playbook that confirms every stop."""
    program, _ = compile_text(playbook_text(STOP_CONFIRMATION))
    assert program is not None, "a playbook that ships is without errors"
    return program


def told(finding: Finding) -> str:
    """Return a finding as a sentence that says where."""
    place = f"Step {finding.step}: " if finding.step else ""
    return place + finding.sentence("en")


def line_of(file: Path, finding: Finding, language: str) -> dict[str, Any]:
    """Return a finding as a line of output."""
    return {
        "file": str(file),
        "severity": finding.severity,
        "step": finding.step,
        "code": finding.code,
        "sentence": finding.sentence(language),
        "mend": finding.mend(language),
        "detail": finding.detail,
    }


def moment_option(said: str, zone: str) -> int:
    """Return the instant that --until says."""
    try:
        return parse_moment(said, zone)
    except ValueError as fault:
        raise click.BadParameter(str(fault), param_hint="--until") from fault


def write_lines(lines: Iterable[dict[str, Any]]) -> None:
    """Write JSON Lines to standard output as they come."""
    out = sys.stdout.buffer
    for line in lines:
        out.write(msgspec.json.encode(line) + b"\n")
    out.flush()


dialogue.add_command(backtest)
dialogue.add_command(publish)
dialogue.add_command(export)
