"""On which terms surveys ask: told by whoever keeps the surveys, which `talk` does not know.

Where nobody tells, or the survey is not known, it is closed for everybody in a dialogue that runs, and
open in one that is only played.
"""

from __future__ import annotations

from collections.abc import Callable

from keskio.engine.conditions import Happening
from keskio.engine.dialogue.facts import Facts
from keskio.engine.survey.asking import Asked, Known, Refusal, Terms, asked_among, refusal_of

_sources: list[Callable[[str], Terms | None]] = []


def set_survey_terms(source: Callable[[str], Terms | None]) -> None:
    """Let `source` tell the terms of a survey by its key; None for one that there is not."""
    _sources[:] = [source]


def survey_terms(key: str) -> Terms | None:
    """Return the terms of a survey as they are now, or None."""
    return _sources[0](key) if _sources else None


def refusal_to_ask(
    terms: Terms, pressure: str, facts: Facts, occasion: str, now: int
) -> Refusal | None:
    """Return why this customer is not asked now, or None.

    Earlier surveys are those of the log and, within the same batch, of the ledger. What answers the
    customer (the survey after something was put right) is no burden: only whether it is open counts.
    """
    if pressure == "answer":
        return None if terms.is_open else Refusal("survey_closed")
    told: tuple[Happening, ...] = tuple(facts.events.get("survey.asked", ()))
    asked = asked_among((event.at, event.properties) for event in told)
    latest = max((one.at for one in asked), default=-1)
    ledger = tuple(
        Asked(at, "", "")
        for at, _channel, kind in facts.contacts
        if kind == "survey" and at > latest
    )
    known = Known((*asked, *ledger), facts.who, frozenset(facts.segments), facts.traits)
    return refusal_of(terms, known, occasion, now)
