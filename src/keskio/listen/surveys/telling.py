"""What was asked and answered, as sentences of the customer's timeline."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from keskio.engine.dialogue.reasons import SENTENCES, sentence
from keskio.know.api import Told, Tone, tell_events
from keskio.listen.surveys import contracts as c
from keskio.listen.surveys.words import CHANNELS

Title = Callable[[], str]


def register() -> None:
    """Tell the customer's timeline how events of surveys are said. Called once."""
    tell_events({name: _survey(title, tone) for name, (title, tone) in EVENTS.items()})


EVENTS: Mapping[str, tuple[Title, Tone]] = {
    c.ASKED: (lambda: _("A survey was asked"), ""),
    c.NOT_ASKED: (lambda: _("A survey was not asked"), "warn"),
    c.STARTED: (lambda: _("The customer began a survey"), ""),
    c.REPLIED: (lambda: _("The customer answered a survey by message"), "brand"),
    c.ANSWERED: (lambda: _("The customer answered a survey"), "brand"),
    c.LOW_SCORE: (lambda: _("A low score was given"), "bad"),
}


def _survey(title: Title, tone: Tone) -> Callable[[Mapping[str, Any], str], Told]:
    def tell(properties: Mapping[str, Any], language: str) -> Told:
        name, channel = str(properties.get("survey", "")), str(properties.get("channel", ""))
        parts = [str(CHANNELS.get(channel, channel)), _why(properties, language)]
        said = properties.get("comment")
        return Told(
            f"{title()}: {name}" if name else title(),
            note=" · ".join(part for part in parts if part),
            said=said if isinstance(said, str) else "",
            tone=tone,
        )

    return tell


def _why(properties: Mapping[str, Any], language: str) -> str:
    """Say why somebody was not asked, or the score that was given."""
    reason = str(properties.get("reason", ""))
    if reason:
        said = sentence(reason, language) if reason in SENTENCES else reason
        return reason if "{" in said else said
    score = properties.get("score", properties.get("nps"))
    return _("score %(score)s") % {"score": score} if isinstance(score, int | float) else ""
