"""Everything here is pure: no database, no clock, no network."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this folder, so that they can be chosen alone."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.engine)
