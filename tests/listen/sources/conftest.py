"""The servers of these tests are on this machine, which an installation has to allow; texts are English."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import override_settings
from django.utils.translation import override


@pytest.fixture(autouse=True)
def _inside() -> Iterator[None]:
    with override_settings(SOURCES_INSIDE=True), override("en"):
        yield
