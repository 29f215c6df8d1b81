"""The door of what pages share, for those who are no pages: users and their first token."""

from __future__ import annotations

from keskio.web import setup_token
from keskio.web.actions import create_user
from keskio.web.pulse import counts_today, names_by_hour

__all__ = ["counts_today", "create_user", "names_by_hour", "setup_token"]
