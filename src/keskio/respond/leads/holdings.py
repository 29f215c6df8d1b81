"""What is held of people here: what they asked for, and what came of it."""

from __future__ import annotations

from keskio.kernel.holdings import Holding, Rows

HOLDINGS: tuple[Holding, ...] = (Rows("leads_lead"),)
