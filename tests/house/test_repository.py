"""What the repository may hold, and what its lists promise."""

from __future__ import annotations

import ast
import re
import sys
import tomllib

from tests.house.tree import ROOT, name_of, tracked_files

# Machines and package indexes are nobody's business but their owner's.
FORBIDDEN = re.compile(
    r"/(?:work|root|home/\w+)/|py" r"pi\.org|python" r"hosted\.org|registry\.npm" r"js\.org"
)
BINARY = {".png", ".jpg", ".woff2", ".ico", ".gz", ".parquet", ".npz"}


def test_no_file_names_a_machine_or_a_package_index() -> None:
    found = [
        f"{name_of(path)}:{number}: {line.strip()[:100]}"
        for path in tracked_files()
        if path.suffix not in BINARY and path.name != "test_repository.py"
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if FORBIDDEN.search(line)
    ]
    assert found == []


def test_the_first_script_needs_nothing_but_python() -> None:
    tree = ast.parse((ROOT / "keskio").read_text())
    imported = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            imported.add(node.module.split(".")[0])
    assert imported - set(sys.stdlib_module_names) == set()


def dependencies() -> dict[str, set[str]]:
    """Return the names of all dependencies by the list that has to hold them."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        table = tomllib.load(file)
    groups = table["dependency-groups"]
    base = table["project"]["dependencies"] + table["project"]["optional-dependencies"]["postgres"]
    lists = {
        "base": base,
        "dev": base + groups["test"] + groups["lint"],
        "bench": base + groups["test"] + groups["lint"] + groups["bench"],
        "node": groups["node"],
        "uv": groups["uv"],
    }
    return {name: {bare(line) for line in lines} for name, lines in lists.items()}


def bare(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9_.-]+", requirement)
    assert found
    return re.sub(r"[-_.]+", "-", found.group()).lower()


def test_every_dependency_is_pinned_with_its_hash() -> None:
    for name, wanted in dependencies().items():
        lines = (ROOT / "requirements" / f"{name}.txt").read_text().splitlines()
        pinned = {bare(line) for line in lines if "==" in line}
        assert wanted - pinned == set(), f"make requirements, for {name}"
        assert all(line.startswith(("#", "    --hash=sha256:")) or "==" in line for line in lines)


def test_every_dependency_has_its_reason_and_licence() -> None:
    page = (ROOT / "docs" / "decisions" / "dependencies.md").read_text()
    told = {bare(line.strip("| ").split("|")[0].strip("` ")) for line in table_rows(page)}
    assert set().union(*dependencies().values()) == told


def table_rows(page: str) -> list[str]:
    return [line for line in page.splitlines() if line.startswith("| `")]
