"""What the inbox holds of people: their cases and what was said in them."""

from __future__ import annotations

from keskio.kernel.holdings import Holding, Rows

# Timings hold no person: they stay as figures.
HOLDINGS: tuple[Holding, ...] = (
    Rows("inbox_entry"),
    Rows("inbox_case"),
)
