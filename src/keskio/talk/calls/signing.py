"""Signatures of calls, after the Standard Webhooks specification, so that ready libraries check them.

The signed text is `id.timestamp.body`; the header `webhook-signature` holds "v1," and the base64 of its
HMAC-SHA256 under the secret, which begins with "whsec_" and is base64 behind that.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from hashlib import sha256

PREFIX = "whsec_"
SECRET_BYTES = 32


def new_secret() -> str:
    """Return a new secret."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signature_of(secret: str, number: str, seconds: int, body: bytes) -> str:
    """Return the signature of the call `number` made at `seconds` since 1970; raises ValueError."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as fault:
        raise ValueError("the secret of the connection is no base64") from fault
    told = f"{number}.{seconds}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, told, sha256).digest()).decode()
