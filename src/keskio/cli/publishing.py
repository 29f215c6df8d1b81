"""`keskio dialogue publish` and `export`: definitions as files, in and out, to the letter."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from keskio.cli.installation import data_option, use_installation
from keskio.kernel.errors import Mistake

if TYPE_CHECKING:
    from keskio.engine.dialogue.migrating import Plan
    from keskio.talk.publishing.publishing import Look

file_argument = click.Path(exists=True, dir_okay=False, path_type=Path)


class NoSuchVersion(Mistake):
    """There is no such dialogue, or it has no such version."""

    code = "no_such_version"


@click.command()
@click.argument("file", type=file_argument, metavar="FILE")
@click.option(
    "--plan",
    "plan_file",
    type=file_argument,
    metavar="PLAN.yaml",
    help="What is done with those inside; without it everybody stays on their version.",
)
@click.option("--dry-run", is_flag=True, help="Print what would happen; publish nothing.")
@click.option("--by", default="", metavar="NAME", help="Who publishes, for the record.")
@data_option
def publish(
    file: Path, *, plan_file: Path | None, dry_run: bool, by: str, data: Path | None
) -> None:
    """Publish the definition FILE, and move those inside as PLAN.yaml says.

    Prints as JSON Lines: what is wrong, if anything; then, for each step of the earlier versions that
    people are at, what happens to how many; then what was published. Exits 1 when nothing could be.
    """
    use_installation(data=data)
    from keskio.talk.publishing.plans import faults_of, read_plan
    from keskio.talk.publishing.publishing import look_at, publish_text

    text = _text_of(file)
    look = look_at(text, {})
    if look.program is None or look.errors:
        _write(
            {"error": one.sentence(), "step": one.step, "mend": one.mend()} for one in look.errors
        )
        sys.exit(1)
    plan = None if plan_file is None else read_plan(_text_of(plan_file))
    faults = [] if plan is None else faults_of(plan, look.program, look.others(text, {}))
    if faults:
        _write({"error": fault.sentence(), "step": fault.step} for fault in faults)
        sys.exit(1)
    _write(_foreseen(look, text, plan))
    if dry_run:
        _write([{"dialogue": look.program.key, "published": False}])
        return
    done = publish_text(text, by=by, plan=plan)
    told: dict[str, Any] = {"dialogue": look.program.key, "version": done.version.number}
    _write([{**told, "published": True, "change": done.change.pk if done.change else None}])


@click.command()
@click.argument("key")
@click.option(
    "--version", "number", type=int, metavar="N", help="Which version; the live one if none."
)
@data_option
def export(key: str, *, number: int | None, data: Path | None) -> None:
    """Print the definition of a published version exactly as it was published."""
    use_installation(data=data)
    from keskio.talk.api import published_text

    text = published_text(key, number)
    if text is None:
        raise NoSuchVersion
    sys.stdout.buffer.write(text.encode())
    sys.stdout.buffer.flush()


def _foreseen(look: Look, text: str, plan: Plan | None) -> Iterator[dict[str, Any]]:
    from keskio.talk.publishing.publishing import Look as Looked
    from keskio.talk.publishing.publishing import foresee

    others = look.others(text, {})
    if not others:
        return
    if plan is None:
        for old in others:
            for step, count in sorted(old.counts.items()):
                yield {"step": step, "version": old.number, "people": count, "stayed": count}
        return
    found = foresee(Looked(look.program, [], look.dialogue, others), plan, most=None)
    for step, counts in sorted(found.steps.items()):
        people = sum(old.counts.get(step, 0) for old in others)
        yield {"step": step, "people": people, **dict(sorted(counts.items()))}
    yield {"people": found.people, "messages_at_once": found.messages}


def _text_of(file: Path) -> str:
    """Return a file's text to the letter: its ends of lines as they are."""
    return file.read_bytes().decode("utf-8-sig")


def _write(lines: Any) -> None:
    for line in lines:
        sys.stdout.buffer.write(msgspec.json.encode(line) + b"\n")
    sys.stdout.buffer.flush()
