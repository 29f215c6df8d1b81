"""How often one address may ask of a page that needs no signing in."""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

WINDOW = 60  # seconds
LONGEST = 50


def address_of(request: HttpRequest) -> str:
    """Return where a request comes from; behind proxies of ours, what the outermost of them saw.

    Of an IPv6 address the network alone: one caller has all of its 2^64 addresses (RFC 6177).
    """
    found = str(request.META.get("REMOTE_ADDR", ""))
    if settings.PROXIES:
        hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",")]
        if len(hops) >= settings.PROXIES and hops[-settings.PROXIES]:
            found = hops[-settings.PROXIES]
    return _network_of(found) if ":" in found else found


def _network_of(told: str) -> str:
    try:
        address = ipaddress.IPv6Address(told.partition("%")[0])
    except ValueError:
        return told[:LONGEST]
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((address, 64), strict=False).network_address)


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
