"""Bytewax with a snapshot after every 200 events."""

from __future__ import annotations

from typing import ClassVar

from benchmarks.peers.bytewax_flow import BytewaxFlow


class BytewaxSmall(BytewaxFlow):
    """The same with smaller batches."""

    title = "Bytewax, a snapshot a batch of 200"
    batch: ClassVar[int] = 200


CONTESTANT = BytewaxSmall
