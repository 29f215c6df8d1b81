"""The lake's folder: which state there is, changing it in one stroke, and clearing away what is old.

A change is drafted (new files are written beside the others), then committed: the manifest is
replaced. Files that the new state no longer has are kept for readers of older states: our own say
what they read, other tools have ten minutes.
"""

from __future__ import annotations

import secrets
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec

from keskio.kernel.clock import MICROSECOND, now_micros
from keskio.lake.locks import ReadLease, locked, oldest_read
from keskio.lake.manifest import (
    NAME,
    File,
    Gone,
    Manifest,
    read_manifest,
    sync_folder,
    write_durably,
)
from keskio.lake.shape import TABLES

GRACE = timedelta(minutes=10) // MICROSECOND
REBUILDING = "rebuilding"  # where a new lake is built beside this one
PATIENCE = 10.0  # seconds that an erasure waits for readers


class Draft:
    """A change of the lake under way: the state before and the state to be."""

    def __init__(self, manifest: Manifest) -> None:
        self.before = manifest
        self.after = deepcopy(manifest)
        self.after.generation += 1

    def add(self, table: str, files: Sequence[File]) -> None:
        """Let a table have more files."""
        self.after.tables.setdefault(table, []).extend(files)

    def remove(self, table: str, files: Sequence[File]) -> None:
        """Let a table no longer have files."""
        paths = {file.path for file in files}
        kept = [file for file in self.after.files(table) if file.path not in paths]
        self.after.tables[table] = kept


class Store:
    """The lake in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def scratch(self) -> Path:
        """Where engines may put what does not fit into memory, and drafts what is not final."""
        return self.folder / "scratch"

    def read(self) -> Manifest:
        """Return the present state, for a look; to read its files take `lease`."""
        return read_manifest(self.folder)

    def lease(self) -> tuple[Manifest, ReadLease]:
        """Return the present state with a lease: its files stay until the lease is closed."""
        readers = self.folder / "readers"
        lease = ReadLease(readers, self.read().generation)
        # Read again: what is in this state can only be taken away behind the lease's generation.
        return self.read(), lease

    @contextmanager
    def appending(self) -> Iterator[Draft]:
        """Change the lake by adding only; the draft is committed when the block ends well."""
        with locked(self.folder / "append.lock"):
            draft = Draft(self.read())
            yield draft
            self._commit(draft)

    @contextmanager
    def reshaping(self, *, wait: bool = True) -> Iterator[bool]:
        """Hold the right to take files away; False when another does and `wait` is not set.

        What it commits goes through `appending`.
        """
        with locked(self.folder / "reshape.lock", wait=wait) as got:
            yield got

    def _commit(self, draft: Draft) -> None:
        after = draft.after
        _keep_order(after)
        if after == draft.before or _same(after, draft.before):
            return
        left = sorted(draft.before.paths() - after.paths())
        after.gone = [
            *after.gone,
            *(Gone(path, after.generation, now_micros()) for path in left),
        ]
        for folder in {path.rsplit("/", 1)[0] for path in after.paths() - draft.before.paths()}:
            sync_folder(self.folder / folder)
        write_durably(self.folder / NAME, msgspec.json.encode(after))

    def clear(self, *, at_once: bool = False) -> None:
        """Remove files that no reader needs; with `at_once` all that the present state has not.

        `at_once` waits a few seconds for readers and then removes all the same, also what a crash
        has left behind. Only for who holds the right to reshape.
        """
        with locked(self.folder / "append.lock"):
            if at_once:
                self._wait_for_readers()
            manifest = self.read()
            self._remove_gone(manifest, at_once=at_once)
            self._remove_strays(manifest)

    def _wait_for_readers(self) -> None:
        until = time.monotonic() + PATIENCE
        newest = self.read().generation
        while time.monotonic() < until:
            oldest = oldest_read(self.folder / "readers")
            if oldest is None or oldest >= newest:
                return
            time.sleep(0.05)

    def _remove_gone(self, manifest: Manifest, *, at_once: bool) -> None:
        if not manifest.gone:
            return
        oldest = oldest_read(self.folder / "readers")
        now = now_micros()
        kept = []
        for gone in manifest.gone:
            needed = oldest is not None and oldest < gone.generation
            if at_once or not (needed or abs(now - gone.at) < GRACE):
                (self.folder / gone.path).unlink(missing_ok=True)
            else:
                kept.append(gone)
        if len(kept) < len(manifest.gone):
            manifest.gone = kept
            write_durably(self.folder / NAME, msgspec.json.encode(manifest))

    def _remove_strays(self, manifest: Manifest) -> None:
        """Remove what a crash has left: both locks are held, so that nobody is writing."""
        known = manifest.paths() | {gone.path for gone in manifest.gone}
        for table in TABLES:
            for path in (self.folder / table).glob("*"):
                if path.relative_to(self.folder).as_posix() not in known:
                    path.unlink()
        for path in self.folder.glob(".*.draft"):
            path.unlink()
        shutil.rmtree(self.folder / REBUILDING, ignore_errors=True)
        oldest_read(self.folder / "readers")  # takes away the leases of the dead
        for path in self.scratch.glob("*"):
            # A reader's folder is called as its lease; others are of reshapings that have ended.
            if not (self.folder / "readers" / path.name).exists():
                shutil.rmtree(path, ignore_errors=True)

    def new_path(self, table: str) -> Path:
        """Return where a new file of a table is to be written; it belongs to nothing until committed."""
        folder = self.folder / table
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{secrets.token_hex(8)}.parquet"

    def new_scratch(self, name: str) -> Path:
        """Return a new folder for what does not fit into memory; its maker removes it."""
        path = self.scratch / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    def file(self, path: Path, *, rows: int, **marks: Any) -> File:
        """Return a written file as the manifest has it."""
        relative = path.relative_to(self.folder).as_posix()
        return File(relative, rows, path.stat().st_size, **marks)


def _keep_order(manifest: Manifest) -> None:
    manifest.tables = {table: files for table, files in manifest.tables.items() if files}


def _same(after: Manifest, before: Manifest) -> bool:
    one, other = msgspec.to_builtins(after), msgspec.to_builtins(before)
    one["generation"] = other["generation"]
    return bool(one == other)
