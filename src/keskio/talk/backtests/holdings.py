"""What the wing holds of people: those who are shown in results as examples."""

from __future__ import annotations

from keskio.kernel.holdings import Rows

HOLDINGS = (Rows("backtests_sample"),)
