from __future__ import annotations

from keskio.config.settings_page import settings_page
from tests.house.tree import ROOT


def test_settings_page_is_as_the_catalogue_says() -> None:
    assert (ROOT / "docs" / "settings.md").read_text() == settings_page(), "make docs"
