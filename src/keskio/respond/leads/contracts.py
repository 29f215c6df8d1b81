"""Frozen types and words of the wing: where a lead stands, and what came of it."""

from __future__ import annotations

import msgspec

NEW, WORKING = "new", "working"
WON, LOST, NOT_REACHED, NOT_QUALIFIED = "won", "lost", "not-reached", "not-qualified"
ANSWERED, NOT_HANDLED = "answered", "not-handled"
OPEN_STATES = (NEW, WORKING)
# How a dialogue about a lead may end, and what that makes of the lead; any other end is "not handled".
OUTCOMES = (WON, LOST, NOT_REACHED, NOT_QUALIFIED, ANSWERED, NOT_HANDLED)
# Why business is lost, for people to choose from; the report counts them.
REASONS = ("price", "timing", "competitor", "no-need", "no-answer", "other")
# Results of a task that mean that nobody spoke with the customer.
WITHOUT_CONTACT = frozenset({NOT_REACHED, "declined", "overdue"})

REQUEST_EVENT = "Request Sent"
OPENED_EVENT, CLOSED_EVENT = "lead.opened", "lead.closed"


class Outcome(msgspec.Struct, frozen=True):
    """What came of a lead: one of OUTCOMES, why it was lost, what it was worth in euros, in words."""

    state: str
    reason: str = ""
    value: float | None = None
    note: str = ""
