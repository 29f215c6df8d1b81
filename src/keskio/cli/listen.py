"""`keskio listen`: reading texts with word lists and the model, without an installation."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click
import msgspec

from keskio.kernel.errors import Mistake

if TYPE_CHECKING:
    from keskio.listen.reading.pipeline import Reader

BATCH = 1000
LIST_ENDINGS = (".yaml", ".yml")


class BadMessages(Mistake):
    """The messages cannot be read."""

    code = "bad_messages"


class Message(msgspec.Struct):
    """A line of what is read; all else on the line is handed through."""

    text: str
    id: str | int = ""
    title: str = ""
    lang: str = ""
    reach: int = 0
    reposts: int = 0
    rating: float | None = None


@click.group()
def listen() -> None:
    """Read texts as mentions are read: language, feelings, themes, urgency."""


@listen.command()
@click.argument("messages", type=click.File("rb"), default="-")
@click.option(
    "--domain",
    "domains",
    multiple=True,
    metavar="NAME",
    help="A ready word list (bank, retail, telecom, health, public, events); may stand many times. "
    "Without it and --lists: bank.",
)
@click.option(
    "--lists",
    type=click.Path(exists=True, path_type=Path),
    help="A word list of your own (YAML), or a folder of them; counts before the ready ones.",
)
@click.option(
    "--language", default="", metavar="CODE", help="Which language to take where it is a guess."
)
@click.option("--explain", is_flag=True, help="Add every step's evidence to each line.")
def read(
    messages: BinaryIO,
    *,
    domains: tuple[str, ...],
    lists: Path | None,
    language: str,
    explain: bool,
) -> None:
    """Read MESSAGES (or standard input), one JSON object a line with `text`, and add to each what is read.

    Added: `lang`; `negative` 0-1; `polarity` (negative, neutral or positive) with `balance` -1..1;
    `emotions` (Plutchik's eight, 0-1); `themes`, the strongest first; `urgency` 0-1; `is_match`, whether
    it concerns the business of the lists; `doubt` when it may be irony; and `words`, those that decided,
    with their weights. Of the line `lang`, `title`, `reach`, `reposts` and `rating` are used when they
    are there.

    Leaves with 0; with 1 when some lines could not be read, each told with its number; with 2 when
    nothing could be.
    """
    reader = _reader(domains, lists)
    bad = _Bad()
    done = 0
    for rows in _batches(_rows(messages, bad)):
        _write(_read(reader, rows, language, explain=explain))
        done += len(rows)
    if bad.count and not done:
        raise BadMessages("No line could be read: each must be a JSON object with a `text`.")
    sys.exit(1 if bad.count else 0)


class _Bad:
    """Counts lines that cannot be read, and tells of each."""

    def __init__(self) -> None:
        self.count = 0

    def tell(self, number: int, why: str) -> None:
        self.count += 1
        click.echo(f"keskio: line {number}: {why}", err=True)


def _rows(messages: Iterable[bytes], bad: _Bad) -> Iterator[tuple[dict[str, Any], Message]]:
    """Yield each line as it stands and as a message; what cannot be read is told and left out."""
    as_dict = msgspec.json.Decoder(dict[str, Any])
    for number, line in enumerate(messages, 1):
        raw = line.removeprefix(b"\xef\xbb\xbf").strip()
        if not raw:
            continue
        try:
            row = as_dict.decode(raw)
            yield row, msgspec.convert(row, Message)
        except msgspec.ValidationError as fault:
            bad.tell(number, f"{fault}.")
        except (msgspec.DecodeError, UnicodeDecodeError) as fault:
            bad.tell(number, f"this is not JSON ({fault}).")


def _batches(rows: Iterator[Any]) -> Iterator[list[Any]]:
    while batch := list(islice(rows, BATCH)):
        yield batch


def _reader(domains: tuple[str, ...], lists: Path | None) -> Reader:
    from keskio.listen.reading.pipeline import Reader
    from keskio.listen.wordlists.documents import documents_in, ready_documents

    own = []
    if lists is not None:
        paths = (
            [lists]
            if lists.is_file()
            else sorted(p for p in lists.iterdir() if p.suffix in LIST_ENDINGS)
        )
        if not paths:
            raise BadMessages(
                f"{lists} has no word lists: files ending {' or '.join(LIST_ENDINGS)}."
            )
        own = [document for path in paths for document in documents_in(path)]
    used = [key for document in own for key in document.get("uses") or ()]
    chosen = domains or tuple(used) or (() if own else ("bank",))
    return Reader([*own, *ready_documents(chosen)], tells=True)


def _read(
    reader: Reader, rows: list[tuple[dict[str, Any], Message]], language: str, *, explain: bool
) -> list[dict[str, Any]]:
    from keskio.listen.reading.batch import Incoming
    from keskio.listen.reading.weighing import label_of

    posts = [
        Incoming(
            str(message.id),
            message.text,
            message.title,
            message.lang or language,
            message.reach,
            message.reposts,
            message.rating,
        )
        for _, message in rows
    ]
    told = []
    for (row, _), reading in zip(rows, reader.read(posts), strict=True):
        steps = {step.name: step for step in reading.evidence}
        line = {
            **row,
            "lang": reading.language,
            "negative": reading.negative,
            "polarity": label_of(reading.polarity),
            "balance": reading.polarity,
            "emotions": reading.emotions,
            "themes": sorted(reading.themes, key=lambda key: -reading.themes[key]),
            "urgency": reading.urgency,
            "is_match": reading.is_match,
            "words": [
                {"word": word, "weight": weight, "why": why}
                for name in ("negation", "negativity", "themes")
                for word, weight, why in steps[name].words
            ],
        }
        if steps["negation"].said == "irony?":
            line["doubt"] = "irony"
        if explain:
            line["steps"] = [msgspec.to_builtins(step) for step in reading.evidence]
        told.append(line)
    return told


def _write(lines: list[dict[str, Any]]) -> None:
    encode = msgspec.json.Encoder().encode_lines
    sys.stdout.buffer.write(encode(lines))
    sys.stdout.buffer.flush()
