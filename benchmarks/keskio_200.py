"""Keskiö with two hundred events a batch."""

from __future__ import annotations

from typing import ClassVar

from benchmarks.keskio_dialogue import KeskioDialogue


class KeskioSmall(KeskioDialogue):
    """The same with batches of two hundred."""

    batch: ClassVar[int] = 200


CONTESTANT = KeskioSmall
