"""Reads of the wing."""

from __future__ import annotations

from keskio.know.imports.models import Import


def count_at_work() -> int:
    """Return how many files are on their way in."""
    return Import.objects.filter(state__in=[Import.State.RUNNING, Import.State.TRYING]).count()
