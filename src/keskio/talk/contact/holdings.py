"""What the wing holds of people: contacts noted beside the dialogues go with the customer."""

from __future__ import annotations

from keskio.kernel.holdings import Rows

HOLDINGS = (Rows("contact_noted"), Rows("contact_heldback"))
