"""Promises in a reply, for the person who writes it: what is heard, and what would keep it."""

from __future__ import annotations

import re

from keskio.engine.promising import Found
from keskio.engine.promising import recognise as recognise_in
from keskio.engine.times import Calendar
from keskio.kernel.clock import Micros, now_micros
from keskio.respond.inbox.contracts import REPLIED
from keskio.respond.promises.contracts import Keeping
from keskio.talk.api import calendar_for

# A promise to come back to somebody is kept by the next answer in the same case; others a person ticks.
_ANSWERS = re.compile(
    r"palaa|vasta(?:amme|an)|ilmoita|kerro(?:mme|n)\b|viesti|tiedota|lähet|get back|come back|let you know"
    r"|reply|answer|respond|write|e-?mail|be in touch|hear from|update you",
    re.IGNORECASE,
)


def recognise(
    text: str, language: str, now: Micros | None = None, *, hours: Calendar | None = None
) -> list[Found]:
    """Return the promises that a reply holds, for a person to confirm; `engine.promising` says the rules.

    `now`: when it is written (this moment, if not said); `hours`: the Finnish working calendar, if not said.
    """
    at = now_micros() if now is None else now
    return recognise_in(text, language, at, hours or calendar_for("FI"))


def keeping_of(text: str, case: int) -> tuple[Keeping, ...]:
    """Return the events that keep a promise made in a reply: the next answer in its case, if any."""
    if case and _ANSWERS.search(text):
        return (Keeping(REPLIED, {"case": case}),)
    return ()
