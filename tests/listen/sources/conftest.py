"""The servers of these tests are on this machine, which an installation has to allow."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import override_settings


@pytest.fixture(autouse=True)
def _inside() -> Iterator[None]:
    with override_settings(SOURCES_INSIDE=True):
        yield
