"""What the wing holds of people: that a code was used stays in the books, without the person."""

from __future__ import annotations

from keskio.kernel.holdings import Rows

HOLDINGS = (Rows("offers_redemption", kept={}),)
