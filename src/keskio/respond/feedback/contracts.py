"""Frozen types of the wing: what somebody says on the page for feedback."""

from __future__ import annotations

import msgspec

FEEDBACK = "feedback"
"""The kind of source of the cases that the page opens."""
GIVEN_EVENT = "feedback.given"
MENDED_EVENT = "cause.mended"
KINDS = ("complaint", "praise", "question", "request")


class Feedback(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of feedback. `wish`: what would put it right. Without an address nobody can be answered.

    `once` names the form that it was written on: the same words sent from it again are the same feedback.
    """

    kind: str
    text: str
    topic: str = ""
    wish: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""
    language: str = "fi"
    once: str = ""


class Received(msgspec.Struct, frozen=True):
    """What whoever gave feedback is told: the number of the case, and by when it will be answered."""

    case: int
    due_at: int | None
    """Microseconds; None: there is no target, or nobody can be answered."""
