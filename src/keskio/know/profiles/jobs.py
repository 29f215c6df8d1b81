"""What the wing does in the worker."""

from __future__ import annotations

import os
import secrets

from keskio.jobs.contracts import Background, Job


def jobs() -> list[Job]:
    """Return what takes turns in the worker."""
    return []


def backgrounds() -> list[Background]:
    """Return what has a thread of its own in the worker."""
    # Loading numpy, scipy and scikit-learn takes seconds that only the worker needs to spend.
    from keskio.know.profiles.working import ProfilesWork  # noqa: PLC0415

    return [ProfilesWork(owner=f"{os.getpid()}-{secrets.token_hex(4)}")]
