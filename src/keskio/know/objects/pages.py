"""What the wing shows of itself in the menu, at home and on the customer page."""

from __future__ import annotations

from keskio.know.objects import feeds


def register() -> None:
    """Put the wing's pages and panels in their places. Called once by the wiring."""
    feeds.register()
