"""Who a visitor of the chat is, where her site vouches for it.

The site's own server signs whom it has signed in, with the secret of the chat's settings:
`HMAC-SHA256(secret, user id + "." + until)` in hexadecimal, where `until` is a time in seconds since 1970,
at most 31 days ahead. What a page or a script says without a signature is not believed: anybody can write it.
"""

from __future__ import annotations

import hashlib
import hmac

import msgspec
from django.utils.crypto import salted_hmac

from keskio.kernel.clock import now
from keskio.respond.inbox.chat_settings import secret_of

LONGEST_AHEAD = 31 * 24 * 3600
LONGEST_ID = 500


class Who(msgspec.Struct, frozen=True):
    """What a page says of its signed-in user. Worth something only when the signature is right."""

    user: str = ""
    until: int = 0
    signature: str = ""


def signature_of(user: str, until: int, *, secret: str) -> str:
    """Return how a site signs that `user` is signed in, until then: 64 hexadecimal digits.

    >>> signature_of("customer-1", 1790000000, secret="s")[:12]
    '3eaf26b513bb'
    """
    return hmac.new(secret.encode(), f"{user}.{until}".encode(), hashlib.sha256).hexdigest()


def user_in(who: Who | None, *, generation: int) -> str:
    """Return the user id that a site vouches for now; "" for one that is unsigned, forged or over."""
    if who is None or not who.user or len(who.user) > LONGEST_ID:
        return ""
    left = who.until - now().timestamp()
    if not 0 < left <= LONGEST_AHEAD:
        return ""
    right = signature_of(who.user, who.until, secret=secret_of(generation))
    return who.user if hmac.compare_digest(right.encode(), who.signature.encode()) else ""


def thread_of_user(user: str) -> str:
    """Return by which thread the cases of a vouched-for user are found, on whichever device she is."""
    salted = salted_hmac("keskio.respond.inbox.chat.thread", user, algorithm="sha256")
    return f"chat:u.{salted.hexdigest()[:40]}"
