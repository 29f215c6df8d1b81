"""Reads of the wing: the rules in force and those before them."""

from __future__ import annotations

from datetime import datetime

import msgspec

from keskio.engine.pressure import Rules
from keskio.talk.models import ContactRules
from keskio.talk.programs import DEFAULT_RULES


class Dated(msgspec.Struct, frozen=True):
    """Rules with when and by whom they were put in force; None: those that every installation begins with."""

    rules: Rules
    at: datetime | None
    by: str


def rules_now() -> Dated:
    """Return the rules in force."""
    return history(1)[0]


def history(limit: int = 20) -> list[Dated]:
    """Return the rules, newest first; the last are those that the installation began with."""
    found = [
        Dated(msgspec.convert(row.document, Rules), row.changed_at, row.changed_by)
        for row in ContactRules.objects.order_by("-id")[:limit]
    ]
    return [*found, Dated(DEFAULT_RULES, None, "")][:limit]
