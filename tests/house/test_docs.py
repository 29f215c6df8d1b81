from __future__ import annotations

import re
from pathlib import Path

import pytest

from keskio.cli.main import VERBS
from tests.house.tree import PACKAGE, ROOT, name_of, tracked_files

PAGES = [path for path in tracked_files() if path.suffix == ".md"]
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    targets = [link for link in LINK.findall(page.read_text()) if "://" not in link]
    assert [link for link in targets if not (page.parent / link).exists()] == []


def test_map_names_every_room() -> None:
    text = (ROOT / "docs" / "map.md").read_text()
    rooms = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()}
    assert {room for room in rooms if f"| `{room}` |" not in text} == set()


def test_every_decision_is_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = set(LINK.findall((folder / "README.md").read_text()))
    assert {path.name for path in folder.glob("*.md")} - {"README.md"} == listed


def test_verbs_that_pages_speak_of_are_there() -> None:
    spoken = {
        verb
        for page in PAGES
        for verb in re.findall(r"`(?:\./)?keskio ([a-z][a-z-]+)", page.read_text())
    }
    assert spoken - set(VERBS) - {"demo", "test", "setup"} == set()
