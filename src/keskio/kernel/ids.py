"""Identifiers: tokens that cannot be guessed, and the partition of a customer."""

from __future__ import annotations

import secrets

PARTITIONS = 64


def new_token(prefix: str = "", *, size: int = 18) -> str:
    """Return a new URL-safe random token of `size` bytes behind `prefix`."""
    return prefix + secrets.token_urlsafe(size)


def partition_of(customer: int) -> int:
    """Return the partition (0-63) of a customer: Fibonacci hashing of the id.

    Knuth, The Art of Computer Programming 3, 6.4.
    """
    return ((customer * 11400714819323198485) & 0xFFFFFFFFFFFFFFFF) >> 58
