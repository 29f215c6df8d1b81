"""Keskiö with a thousand events a batch, as the peers that are batched by hand."""

from __future__ import annotations

from typing import ClassVar

from benchmarks.keskio_dialogue import KeskioDialogue


class KeskioThousand(KeskioDialogue):
    """The same with batches of a thousand."""

    batch: ClassVar[int] = 1_000


CONTESTANT = KeskioThousand
