"""Frozen types of the wing that others use: what somebody said, and where it hangs on a journey."""

from __future__ import annotations

import msgspec

PAIN, NEUTRAL, GAIN = "pain", "neutral", "gain"
FEELINGS = (PAIN, NEUTRAL, GAIN)


class Said(msgspec.Struct, frozen=True):
    """A quote as a journey shows it: the words, whose (a role, never a name), at which phase, on what.

    `themes` and `phase` are keys of the study; `feeling` is pain, neutral or gain.
    """

    quote: int
    study: str
    phase: str
    themes: tuple[str, ...]
    feeling: str
    text: str
    who: str
    note: str = ""
