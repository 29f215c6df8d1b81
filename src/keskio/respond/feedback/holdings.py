"""What is held of people here: nothing. Feedback itself stands in its case."""

from __future__ import annotations

from keskio.kernel.holdings import Holding

HOLDINGS: tuple[Holding, ...] = ()
