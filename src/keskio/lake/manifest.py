"""What the lake consists of at a moment: one small file that is replaced in one stroke.

A Parquet file belongs to the lake only when the manifest names it, and the manifest also says how
far in the log that is. So a crash leaves either the state before or the state after, and nothing
is lost or doubled.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from keskio.kernel.clock import Micros
from keskio.kernel.errors import Broken
from keskio.lake.contracts import Measure

NAME = "manifest.json"
FORMAT = 1


class File(msgspec.Struct, frozen=True):
    """One Parquet file; `path` is below the lake's folder.

    `first` and `last`: places in the log, of files of events; `from_day` and `to_day`: days since
    1970 in UTC on which its events happened, both included. `key`: the bucket of records that a
    file of `by_record` has, the measure that a file of `tallies` has when it has but one.
    """

    path: str
    rows: int
    bytes: int
    first: int = 0
    last: int = 0
    from_day: int = 0
    to_day: int = 0
    key: str = ""


class Gone(msgspec.Struct, frozen=True):
    """A file that states of the lake before `generation` had; it is removed when nobody reads them."""

    path: str
    generation: int
    at: Micros


class Manifest(msgspec.Struct):
    """One state of the lake.

    `position`: everything in the log up to it is in the files; `sorted_position`: everything up to
    it is in `by_record`, whose files each hold one of `buckets`: records by the rest of their
    division. `fed`: for each view, the log's place that its first filling had seen.
    `erasing`: records whose erasure has begun.
    """

    format: int = FORMAT
    generation: int = 0
    position: int = 0
    sorted_position: int = 0
    buckets: int = 1
    compacted_at: Micros = 0
    tables: dict[str, list[File]] = {}
    measures: dict[str, Measure] = {}
    fed: dict[str, int] = {}
    gone: list[Gone] = []
    erasing: list[int] = []

    def files(self, table: str) -> list[File]:
        """Return the files of a table, in their order."""
        return self.tables.get(table, [])

    def rows(self, table: str) -> int:
        """Return how many rows the files of a table have."""
        return sum(file.rows for file in self.files(table))

    def paths(self) -> set[str]:
        """Return every file that this state has."""
        return {file.path for files in self.tables.values() for file in files}


def read_manifest(folder: Path) -> Manifest:
    """Return the present state; an empty one where there is no lake yet."""
    try:
        text = (folder / NAME).read_bytes()
    except FileNotFoundError:
        return Manifest()
    manifest = msgspec.json.decode(text, type=Manifest)
    if manifest.format != FORMAT:
        raise Broken(
            f"The lake in {folder} has format {manifest.format}; this version reads {FORMAT}."
            " Build it again with `keskio lake rebuild`."
        )
    return manifest


def write_durably(path: Path, content: bytes) -> None:
    """Put `content` in the place of the file in one stroke: all of it or nothing, also after a crash."""
    draft = path.with_name(f".{path.name}.draft")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    sync_folder(path.parent)


def sync_file(path: Path) -> None:
    """Bring a file that others have written to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk."""
    sync_file(folder)
