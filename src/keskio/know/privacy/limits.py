"""How often one address may ask of the preference page: enough for people, too little for guessing."""

from __future__ import annotations

from django.http import HttpRequest

from keskio.web import limits
from keskio.web.limits import WINDOW, address_of

VISITS = 120
CHANGES = 30
WRONG_LINKS = 20

__all__ = ["CHANGES", "VISITS", "WINDOW", "WRONG_LINKS", "address_of", "is_too_much"]


def is_too_much(request: HttpRequest, what: str, most: int) -> bool:
    """Count a visit to the preference page; see `keskio.web.limits`."""
    return limits.is_too_much(request, f"privacy.{what}", most)
