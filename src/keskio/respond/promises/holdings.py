"""What is held of people here: what was promised to them."""

from __future__ import annotations

from keskio.kernel.holdings import Holding, Rows

HOLDINGS: tuple[Holding, ...] = (Rows("promises_promise"),)
