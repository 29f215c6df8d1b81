"""What the wing shows of itself in the menu and on the pages of others."""

from __future__ import annotations


def register() -> None:
    """Put the wing's pages in the menu. Called once by the wiring."""
