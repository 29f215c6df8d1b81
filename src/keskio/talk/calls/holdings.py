"""What the wing holds of people: what other systems were told of them."""

from __future__ import annotations

from keskio.kernel.holdings import Rows

HOLDINGS = (Rows("calls_call"),)
