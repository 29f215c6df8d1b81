from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

from tests.house.tree import name_of, source_files, tracked_files, tree_of

FILE_BUDGET, FILE_STOP = 400, 600
FUNCTION_BUDGET, FUNCTION_STOP = 40, 60
# Over the budget is a debt that a few may have; over the stop nobody may.
SHARE_OVER_BUDGET = 0.02


def lines_of(path: Path) -> int:
    return len(path.read_text().splitlines())


@cache
def functions() -> dict[str, int]:
    found = {}
    for path in source_files():
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert node.end_lineno is not None
                name = f"{name_of(path)}:{node.lineno} {node.name}"
                found[name] = node.end_lineno - node.lineno + 1
    return found


def test_no_file_is_longer_than_the_stop() -> None:
    written = [
        path
        for path in tracked_files()
        if path.suffix in {".py", ".ts", ".tsx", ".css"} and path.parent.name != "migrations"
    ]
    assert {name_of(p): lines_of(p) for p in written if lines_of(p) > FILE_STOP} == {}


def test_few_files_are_over_the_budget() -> None:
    over = {name_of(p): lines_of(p) for p in source_files() if lines_of(p) > FILE_BUDGET}
    assert len(over) <= SHARE_OVER_BUDGET * len(source_files()), over


def test_no_function_is_longer_than_the_stop() -> None:
    assert {name: size for name, size in functions().items() if size > FUNCTION_STOP} == {}


def test_few_functions_are_over_the_budget() -> None:
    over = {name: size for name, size in functions().items() if size > FUNCTION_BUDGET}
    assert len(over) <= SHARE_OVER_BUDGET * len(functions()), over
