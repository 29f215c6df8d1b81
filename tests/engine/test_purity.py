"""The engine has no clock, no dice, no disk, no network, no database: read from its source."""

from __future__ import annotations

import ast
from importlib import resources
from pathlib import Path

import pytest

ENGINE = Path(str(resources.files("keskio.engine")))
MODULES = sorted(ENGINE.rglob("*.py"))
ALLOWED = {
    *(
        "__future__",
        "abc",
        "bisect",
        "abc",
        "bisect",
        "calendar",
        "collections",
        "collections.abc",
        "datetime",
        "difflib",
        "functools",
        "hashlib",
        "operator",
        "math",
        "re",
        "typing",
        "unicodedata",
    ),
    *("zoneinfo", "itertools", "statistics", "zlib", "msgspec", "msgspec.structs"),
}
# Writes expressions of numbers and of names for its own values (`test_rote` tries it with hostile texts).
COMPILES = {"composing"}
CLOCKS = {"now", "utcnow", "today", "time", "monotonic"}


def imported_by(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            found.add(str(node.module))
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_module_imports_only_what_is_pure(path: Path) -> None:
    strange = {name for name in imported_by(path) - ALLOWED if not name.startswith("keskio.engine")}
    assert strange == set()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_module_asks_no_clock_and_opens_nothing(path: Path) -> None:
    calls = [
        n.func
        for n in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(n, ast.Call)
    ]
    clocks = {f.attr for f in calls if isinstance(f, ast.Attribute) and _is_clock(f)}
    opened = {f.id for f in calls if isinstance(f, ast.Name)} & {
        "open",
        "print",
        "input",
        "eval",
        "exec",
        "hash",
        "id",
    }
    assert (clocks, opened) == (set(), {"eval"} if path.stem in COMPILES else set())


def _is_clock(called: ast.Attribute) -> bool:
    of_datetime = isinstance(called.value, ast.Name) and called.value.id in (
        "datetime",
        "difflib",
        "date",
        "time",
    )
    return of_datetime and called.attr in CLOCKS


def test_no_module_writes_global_state() -> None:
    for path in MODULES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert not [node for node in ast.walk(tree) if isinstance(node, (ast.Global, ast.Nonlocal))]
