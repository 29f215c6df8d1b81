"""What is shown in the menu and on the pages of others."""

from __future__ import annotations


def register() -> None:
    """Put the pages in the menu and the panels in their places. Called once by the wiring."""
