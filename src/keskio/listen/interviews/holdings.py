"""What is held of people here: what they said in interviews."""

from __future__ import annotations

from keskio.kernel.holdings import Holding, Rows

# The row of an interview stays as a number: it tells that something was there and went.
HOLDINGS: tuple[Holding, ...] = (
    Rows("interviews_quote"),
    Rows("interviews_interview", kept={"text": "", "who": "", "consent": "", "interviewer": ""}),
)
