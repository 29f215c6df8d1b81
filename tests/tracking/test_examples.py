"""The examples in the room's docstrings run."""

from __future__ import annotations

import doctest
from types import ModuleType

import pytest

from keskio.tracking import items, pixel, texts, times


@pytest.mark.parametrize("module", [items, pixel, texts, times])
def test_examples_are_true(module: ModuleType) -> None:
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0
