"""What tasks hold of people."""

from __future__ import annotations

from keskio.kernel.holdings import Rows

HOLDINGS = (Rows("respond_task"),)
