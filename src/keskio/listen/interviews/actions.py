"""Writes of the wing: studies, transcripts with consent, quotes; and what goes when a consent ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction

from keskio.kernel.clock import now
from keskio.kernel.errors import Mistake
from keskio.listen.interviews.contracts import FEELINGS, NEUTRAL
from keskio.listen.interviews.models import Interview, Quote, Study

LONGEST = 400_000


class NoConsent(Mistake):
    """A transcript without the interviewee's consent is not kept."""

    code = "no_consent"


class NotAQuote(Mistake):
    """The chosen words, phase or themes are not of this interview."""

    code = "not_a_quote"


def save_study(
    key: str,
    *,
    title: Mapping[str, str],
    phases: Sequence[Mapping[str, Any]],
    themes: Sequence[Mapping[str, Any]],
    journey: str = "",
    by: str,
) -> Study:
    """Save a study by its key; phases and themes that quotes hang on already may not be left out.

    Raises NotAQuote with the name of what is still used.
    """
    study = Study.objects.filter(key=key).first() or Study(key=key, made_at=now(), made_by=by)
    if study.pk is not None:
        _keep_used(study, {p["key"] for p in phases}, {t["key"] for t in themes})
    study.title, study.journey = dict(title), journey
    study.phases = [dict(phase) for phase in phases]
    study.themes = [dict(theme) for theme in themes]
    study.save()
    return study


def _keep_used(study: Study, phases: set[str], themes: set[str]) -> None:
    rows = Quote.objects.filter(interview__study=study).values_list("phase", "themes")
    for phase, on in rows:
        gone = ({phase} - phases - {""}) | (set(on) - themes)
        if gone:
            raise NotAQuote(
                f"Quotes hang on {', '.join(sorted(gone))}: move them first, then leave it out."
            )


def add_interview(study: Study, *, by: str, **told: Any) -> Interview:
    """Keep a transcript; `told` are the fields of Interview. Raises NoConsent."""
    if not str(told.get("consent", "")).strip() or told.get("consent_on") is None:
        raise NoConsent(
            "Say how and when the interviewee agreed to this: without consent nothing is kept."
        )
    until = told.get("consent_until")
    if until is not None and until < told["consent_on"]:
        raise NoConsent("The consent would end before it was given: mend one of the days.")
    text = str(told.pop("text", "")).replace("\r\n", "\n").strip()[:LONGEST]
    return Interview.objects.create(study=study, text=text, made_at=now(), made_by=by, **told)


def add_quote(  # noqa: PLR0913 - what a quote is
    interview: Interview,
    start: int,
    end: int,
    *,
    phase: str,
    themes: Sequence[str],
    feeling: str = NEUTRAL,
    note: str = "",
    by: str,
) -> Quote:
    """Hang the words from `start` to `end` on a phase and on themes; the same again changes the themes.

    Raises NotAQuote.
    """
    study = interview.study
    known = {p["key"] for p in study.phases}, {t["key"] for t in study.themes}
    if not 0 <= start < end <= len(interview.text):
        raise NotAQuote("The chosen words are not in this transcript: choose them again.")
    if phase not in known[0]:
        raise NotAQuote("Choose the phase in which this happened.")
    if not themes or not set(themes) <= known[1]:
        raise NotAQuote("Choose at least one theme of the study.")
    if feeling not in FEELINGS:
        raise NotAQuote(f"{feeling!r} is none of {', '.join(FEELINGS)}.")
    quote, _made = Quote.objects.update_or_create(
        interview=interview,
        start=start,
        end=end,
        phase=phase,
        defaults={
            "customer_id": interview.customer_id,
            "text": interview.text[start:end],
            "themes": sorted(set(themes)),
            "feeling": feeling,
            "note": note,
            "at": now(),
            "by": by,
        },
    )
    return quote


def remove_quote(quote: int) -> bool:
    """Take a quote off; False when it was not there."""
    return bool(Quote.objects.filter(pk=quote).delete()[0])


def end_consent(interview: Interview) -> None:
    """Let go of what was said: the consent was withdrawn, or its time is over."""
    with transaction.atomic():
        Quote.objects.filter(interview=interview).delete()
        Interview.objects.filter(pk=interview.pk).update(text="", ended_at=now())


def end_consents(today: date) -> int:
    """Let go of all transcripts whose consent ended before `today`; return how many."""
    found = Interview.objects.filter(consent_until__lt=today, ended_at__isnull=True)[:100]
    for interview in found:
        end_consent(interview)
    return len(found)
