"""What the wing holds of people: what they wrote."""

from __future__ import annotations

from keskio.kernel.holdings import Rows

HOLDINGS = (Rows("replies_unclear"),)
