"""Frozen words of the wing: kinds of customers, steps of plans, where runs and compensations stand."""

from __future__ import annotations

REGULAR, OCCASIONAL, MADE_UP, UNKNOWN = "regular", "occasional", "made_up", "unknown"
CUSTOMER_KINDS = (REGULAR, OCCASIONAL, MADE_UP, UNKNOWN)

RUNNING, ENDED, STOPPED = "running", "ended", "stopped"
WAITING, DONE, SKIPPED = "waiting", "done", "skipped"

PLAN_ARM, PLAIN_ARM = "plan", "plain"
"""Drawn to be put right by the plan, or without it, to compare."""

ASKED, APPROVED, OFFERED, ACCEPTED, DECLINED, RETURNED, REFUSED = (
    "asked",
    "approved",
    "offered",
    "accepted",
    "declined",
    "returned",
    "refused",
)
COUNTED = (APPROVED, OFFERED, ACCEPTED)
"""States of a compensation that take from the budget."""

BEGUN_EVENT = "recovery.begun"
OFFERED_EVENT = "recovery.offered"
APPROVED_EVENT = "recovery.approved"
ENDED_EVENT = "recovery.ended"
FOLLOW_UP_EVENT = "recovery.follow_up"
