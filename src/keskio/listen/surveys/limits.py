"""How often one address may open and answer surveys: enough for an office, too little for guessing."""

from __future__ import annotations

from django.http import HttpRequest

from keskio.web import limits

WINDOW = limits.WINDOW
VISITS = 300
ANSWERS = 120
WRONG_LINKS = 20


def is_too_much(request: HttpRequest, what: str, most: int) -> bool:
    """Count a request for `what` of the surveys and tell whether it is one too many."""
    return limits.is_too_much(request, f"surveys.{what}", most)
