from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import get_origin

import pytest

from tests.house.tree import PACKAGE, ROOMS, name_of, source_files, tree_of

APIS = [room for room in ROOMS if (PACKAGE / room / "api.py").exists()]


@pytest.mark.parametrize("room", APIS)
def test_every_name_of_a_door_states_its_promise(room: str) -> None:
    door = import_module(f"keskio.{room}.api")
    silent = [
        name
        for name in door.__all__
        if callable(found := getattr(door, name))
        and get_origin(found) is None
        and not found.__doc__
    ]
    assert silent == []


def silent_in(path: Path, node: ast.AST) -> Iterator[str]:
    """Yield the public names in `node` that say nothing; what is inside a function is nobody's."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield from silent_in(path, child)
        elif not child.name.startswith("_"):
            if not ast.get_docstring(child):
                yield f"{name_of(path)}:{child.lineno} {child.name}"
            if isinstance(child, ast.ClassDef):
                yield from silent_in(path, child)


@pytest.mark.parametrize("kind", ["engine", "contracts"])
def test_every_public_name_states_its_promise(kind: str) -> None:
    chosen = [
        path
        for path in source_files()
        if (path.stem == kind if kind == "contracts" else path.is_relative_to(PACKAGE / kind))
    ]
    assert chosen
    assert [name_of(path) for path in chosen if not ast.get_docstring(tree_of(path))] == []
    assert [name for path in chosen for name in silent_in(path, tree_of(path))] == []
