"""The one-time token with which the first administrator is made in a new installation.

It lies in the data folder for its owner only, so whoever can read it owns the installation anyway.
There is no default password. Once there is a user the token is worthless.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model

FILE = "setup_token"


def issue() -> str | None:
    """Return the token, made on first asking; None once there is a user."""
    if _has_users():
        return None
    path = _path()
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(24))
    return path.read_text().strip()


def is_valid(token: str) -> bool:
    """Tell whether `token` may make the first administrator now."""
    path = _path()
    if _has_users() or not path.exists():
        return False
    return secrets.compare_digest(token.encode(), path.read_text().strip().encode())


def use_up() -> None:
    """Take the token away, after the first administrator is made."""
    _path().unlink(missing_ok=True)


def _has_users() -> bool:
    return bool(get_user_model().objects.exists())


def _path() -> Path:
    return Path(settings.DATA_DIR) / FILE
