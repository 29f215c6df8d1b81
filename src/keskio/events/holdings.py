"""What the log holds of people: their events, gone but for the one that says that they were erased."""

from __future__ import annotations

from keskio.kernel.holdings import LOG, Rows

# By the customer alone: a record's events stand under whom the record is now, and only that is indexed.
HOLDINGS = (Rows("events_event", where="name <> 'customer.erased'", stage=LOG),)
