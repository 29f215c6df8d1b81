"""What is held of people here."""

from __future__ import annotations

from keskio.kernel.holdings import Holding

HOLDINGS: tuple[Holding, ...] = ()
