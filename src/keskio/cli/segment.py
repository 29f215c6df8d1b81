"""Verbs about segments as files: who belongs, on either engine, and keeping definitions."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import click
import msgspec

from keskio.cli.dialogue import write_lines
from keskio.cli.installation import data_option, use_installation
from keskio.kernel.errors import Mistake

file_argument = click.Path(exists=True, dir_okay=False, path_type=Path)
AT_ONCE = 5000


class BadSegment(Mistake):
    """The file does not define a segment."""

    code = "bad_segment"


@click.group()
def segment() -> None:
    """Say who belongs to a segment; list, export and save segments and stages."""


@segment.command()
@click.argument("file", type=file_argument)
@click.option(
    "--engine",
    type=click.Choice(["duckdb", "spark"]),
    default="duckdb",
    show_default=True,
    help="What computes it.",
)
@click.option("--master", default="", help="The Spark cluster, such as spark://host:7077.")
@click.option("--explain", is_flag=True, help="Print the sentence and the SQL instead of members.")
@data_option
def run(file: Path, *, engine: str, master: str, explain: bool, data: Path | None) -> None:
    """Print the members of the segment that FILE defines, as of now: one customer a line, as JSON.

    FILE is a segment's definition as YAML, or a condition alone. Nothing is saved.
    """
    use_installation(data=data)
    from keskio.engine.conditions import ZONE
    from keskio.engine.conditions.sentences import sentence_of
    from keskio.engine.conditions.sql import members_sql
    from keskio.kernel.clock import now_micros
    from keskio.lake import api as lake

    condition = condition_in(file)
    sql = members_sql(condition, now=now_micros(), zone=ZONE)
    lake.bring_up_to_date()
    with lake.engine(engine, master=master) as opened:
        begun = time.perf_counter()
        members = sorted(opened.ids(sql).tolist())
        took = time.perf_counter() - begun
        place = opened.position
    if explain:
        sentence = {code: sentence_of(condition, code) for code in ("fi", "en")}
        told = {"members": len(members), "seconds": round(took, 3), "engine": engine}
        write_lines([{**told, "place": place, "sentence": sentence, "sql": sql}])
        return
    for start in range(0, len(members), AT_ONCE):
        write_lines(_named(members[start : start + AT_ONCE]))


def _named(customers: list[int]) -> list[dict[str, Any]]:
    from keskio.know.api import people_of

    people = people_of(customers)
    return [
        {"customer": customer, "name": people[customer].name if customer in people else ""}
        for customer in customers
    ]


def condition_in(file: Path) -> dict[str, Any]:
    """Return the condition of the segment in a file, or the condition that the file is.

    Raises BadSegment with what is wrong.
    """
    from keskio.kernel.yamls import read_yaml
    from keskio.know.segments.documents import faults_of, plain

    try:
        document = plain(read_yaml(text_of(file)))
    except ValueError as fault:
        raise BadSegment(f"{file} cannot be read: {fault}") from None
    when = document.get("when") if isinstance(document, dict) and "when" in document else document
    faults = faults_of(when, "when")
    if faults:
        told = " ".join(f"{fault.place}: {fault.sentence}" for fault in faults)
        raise BadSegment(f"{file}: {told}")
    assert isinstance(when, dict), "a condition without faults is a mapping"
    return when


def text_of(file: Path) -> str:
    """Return the text of a file. Raises BadSegment for one that is no UTF-8 text."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as fault:
        raise BadSegment(f"{file} is not UTF-8 text ({fault.reason}).") from None


@segment.command(name="list")
@data_option
def list_segments(data: Path | None) -> None:
    """Print the segments and models of stages, one a line, as JSON."""
    use_installation(data=data)
    from keskio.know.api import segments_now

    write_lines(msgspec.to_builtins(row) for row in segments_now())


@segment.command()
@click.argument("key")
@click.option("--stages", is_flag=True, help="KEY is a model of stages.")
@data_option
def export(key: str, *, stages: bool, data: Path | None) -> None:
    """Print the definition of the segment KEY as it was saved."""
    use_installation(data=data)
    from keskio.know.api import definition_text

    sys.stdout.write(definition_text(key, kind="stages" if stages else "segment"))


@segment.command()
@click.argument("file", type=file_argument)
@click.option("--stages", is_flag=True, help="FILE defines a model of stages.")
@data_option
def save(file: Path, *, stages: bool, data: Path | None) -> None:
    """Save the definition in FILE as the next version of its segment.

    The worker computes it; the same text as the last version changes nothing.
    """
    use_installation(data=data)
    from keskio.know.api import save_model, save_segment

    saved = (save_model if stages else save_segment)(text_of(file), by="command line")
    write_lines([{"key": saved.key, "version": saved.version}])


@segment.command()
@data_option
def stages(data: Path | None) -> None:
    """Save the ready models of stages (AIDASER, ladder) where they are not there yet."""
    use_installation(data=data)
    from keskio.know.api import save_ready_models

    write_lines(
        {"key": row.key, "version": row.version} for row in save_ready_models(by="command line")
    )
