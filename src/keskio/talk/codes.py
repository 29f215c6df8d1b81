"""Coupon codes that are unique by construction and cannot be guessed from one another.

The n-th code is the number n put through a keyed permutation of 40 bits: a Feistel network of four
rounds (Luby and Rackoff 1988) with BLAKE2 as the round function, written in Crockford's base 32
(no I, L, O, U). Two numbers never give the same code, so nothing has to be looked up.
"""

from __future__ import annotations

from hashlib import blake2b

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
HALF = 20
MASK = (1 << HALF) - 1
MOST = 1 << (2 * HALF)


def code_of(number: int, secret: str, prefix: str = "") -> str:
    """Return the code of the `number`-th coupon (from 0 to 2^40 - 1) under `secret`.

    >>> code_of(0, "x") != code_of(1, "x"), len(code_of(7, "x"))
    (True, 9)
    """
    if not 0 <= number < MOST:
        raise ValueError("an offer has at most 2^40 codes")
    left, right = number >> HALF, number & MASK
    for round_ in range(4):
        left, right = right, left ^ _mixed(right, round_, secret)
    value = left << HALF | right
    letters = "".join(ALPHABET[value >> shift & 31] for shift in range(35, -1, -5))
    code = f"{letters[:4]}-{letters[4:]}"
    return f"{prefix}-{code}" if prefix else code


def _mixed(half: int, round_: int, secret: str) -> int:
    digest = blake2b(
        half.to_bytes(3, "big") + bytes([round_]), key=secret.encode()[:64], digest_size=3
    ).digest()
    return int.from_bytes(digest, "big") & MASK
