"""What the intake asks of this room: who envelopes speak of, and what they tell. Imported by wiring only."""

from __future__ import annotations

from keskio.know.absorbing import absorb
from keskio.know.codes import without_codes
from keskio.know.ledger import place

__all__ = ["absorb", "place", "without_codes"]
