"""What print runs hold of people: their letters, which go whole. PDFs are made when asked for, of these."""

from __future__ import annotations

from keskio.kernel.holdings import Rows

HOLDINGS = (Rows("printing_sheet"),)
