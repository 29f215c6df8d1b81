"""What the room holds of people: the figures stay, whose they were goes."""

from __future__ import annotations

from keskio.kernel.holdings import Rows

HOLDINGS = (
    Rows("measure_exposure", kept={"object_key": ""}),
    Rows("measure_arm", kept={}),
    Rows("measure_credit", kept={}),
)
