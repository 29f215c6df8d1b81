"""How often one address may ask of a page that needs no signing in."""

from __future__ import annotations

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

WINDOW = 60  # seconds


def address_of(request: HttpRequest) -> str:
    """Return where a request comes from; behind proxies of ours, what the outermost of them saw."""
    if settings.PROXIES:
        hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",")]
        if len(hops) >= settings.PROXIES and hops[-settings.PROXIES]:
            return hops[-settings.PROXIES]
    return str(request.META.get("REMOTE_ADDR", ""))


def is_too_much(request: HttpRequest, what: str, most: int) -> bool:
    """Count a request for `what` and tell whether its address has made more than `most` in a minute.

    Counted in each web process for itself, in memory: nothing is kept of who visited.
    """
    key = f"{what}.{address_of(request)}"
    if cache.add(key, 1, WINDOW):
        return most < 1
    try:
        return bool(cache.incr(key) > most)
    except ValueError:  # it ran out between the two
        return False
