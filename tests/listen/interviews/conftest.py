"""Users of the pages."""

from __future__ import annotations

from tests.web.conftest import signed_in, user

__all__ = ["signed_in", "user"]
