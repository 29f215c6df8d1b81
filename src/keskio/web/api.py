"""The door of what pages share, for those who are no pages: users and their first token."""

from __future__ import annotations

from keskio.web import setup_token
from keskio.web.actions import create_user

__all__ = ["create_user", "setup_token"]
