from __future__ import annotations

import ast
from importlib import import_module

import pytest

from tests.house.tree import PACKAGE, ROOMS, name_of, source_files, tree_of

APIS = [room for room in ROOMS if (PACKAGE / room / "api.py").exists()]


@pytest.mark.parametrize("room", APIS)
def test_every_name_of_a_door_states_its_promise(room: str) -> None:
    door = import_module(f"keskio.{room}.api")
    silent = [
        name
        for name in door.__all__
        if callable(getattr(door, name)) and not getattr(door, name).__doc__
    ]
    assert silent == []
    assert list(door.__all__) == sorted(door.__all__)


@pytest.mark.parametrize("kind", ["engine", "contracts"])
def test_every_public_name_states_its_promise(kind: str) -> None:
    chosen = [
        path
        for path in source_files()
        if (path.stem == kind if kind == "contracts" else path.is_relative_to(PACKAGE / kind))
    ]
    assert chosen
    silent = []
    for path in chosen:
        tree = tree_of(path)
        if not ast.get_docstring(tree):
            silent.append(name_of(path))
        for node in ast.walk(tree):
            named = isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            if named and not node.name.startswith("_") and not ast.get_docstring(node):
                silent.append(f"{name_of(path)}:{node.lineno} {node.name}")
    # functions inside functions are nobody's promise
    assert [name for name in silent if name not in inner_functions()] == []


def inner_functions() -> set[str]:
    found = set()
    for path in source_files():
        for outer in ast.walk(tree_of(path)):
            if not isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            for node in ast.walk(outer):
                if node is not outer and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    found.add(f"{name_of(path)}:{node.lineno} {node.name}")
    return found
