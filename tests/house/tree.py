"""The checkout, as house tests see it."""

from __future__ import annotations

import ast
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE = ROOT / "src" / "keskio"
ROOMS = sorted(
    path.name
    for path in PACKAGE.iterdir()
    if (path / "apps.py").exists()  # cli, config, engine, kernel are no rooms of Django's
)
# A wing of a room is an application of Django's inside it, with furniture of its own.
WINGS = sorted(
    f"{room}/{path.name}"
    for room in ROOMS
    for path in (PACKAGE / room).iterdir()
    if (path / "apps.py").exists()
)


@cache
def tracked_files() -> tuple[Path, ...]:
    """Return the files that belong to the repository, also those not yet committed."""
    told = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    paths = (ROOT / name for name in told.split("\0") if name)
    return tuple(path for path in paths if path.is_file())


@cache
def source_files() -> tuple[Path, ...]:
    """Return the package's own Python files, without what Django writes."""
    return tuple(
        path
        for path in tracked_files()
        if path.suffix == ".py"
        and path.is_relative_to(PACKAGE)
        and path.parent.name != "migrations"
    )


@cache
def tree_of(path: Path) -> ast.Module:
    """Return a file as Python reads it."""
    return ast.parse(path.read_text(), filename=str(path))


def room_of(path: Path) -> str:
    """Return the first folder of the package in which `path` is."""
    return path.relative_to(PACKAGE).parts[0]


def home_of(path: Path) -> str:
    """Return the wing in which `path` is, as `room/wing`, or else its room."""
    wing = "/".join(path.relative_to(PACKAGE).parts[:2])
    return wing if wing in WINGS else room_of(path)


def label_of(home: str) -> str:
    """Return what Django calls a room or a wing."""
    return home.rpartition("/")[2]


def name_of(path: Path) -> str:
    """Return how a message should call `path`."""
    return str(path.relative_to(ROOT))
