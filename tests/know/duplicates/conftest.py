"""Users of the pages, and somebody to look at."""

from __future__ import annotations

from tests.web.conftest import signed_in, user

__all__ = ["signed_in", "user"]
