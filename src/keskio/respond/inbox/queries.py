"""Reads of the inbox."""

from __future__ import annotations

import msgspec

from keskio.respond.inbox.contracts import OpeningRules
from keskio.respond.inbox.models import Rules


def opening_rules() -> OpeningRules:
    """Return when what is heard becomes a case."""
    newest = Rules.objects.order_by("-pk").first()
    return msgspec.convert(newest.document if newest else {}, OpeningRules)
