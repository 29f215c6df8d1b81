"""Reads of the wing: surveys and their versions, and how full their quotas are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Any

from keskio.engine.survey.asking import Terms, terms_of
from keskio.engine.survey.form import Survey as Form
from keskio.kernel.i18n import in_language
from keskio.listen.surveys.documents import compiled
from keskio.listen.surveys.models import Invitation, Response, Survey, Version
from keskio.web.names import Reader


def live_version(key: str) -> Version | None:
    """Return the version that is answered now, or None where the survey is not live."""
    row = Survey.objects.filter(key=key, state="live").first()
    return None if row is None else newest_version(row)


def newest_version(survey: Survey) -> Version | None:
    """Return the version published last, or None."""
    return survey.versions.select_related("survey").order_by("-number").first()


def survey_names(keys: Collection[str], reader: Reader) -> dict[str, str]:
    """Return the titles of surveys by their keys."""
    rows = Survey.objects.filter(key__in=keys).values_list("key", "title")
    return {key: in_language(title, reader.language) for key, title in rows}


def form_of(version: Version) -> Form:
    """Return the compiled survey of a version."""
    return compiled(version.pk, version.document)


def counts_of(survey: Survey, form: Form) -> tuple[int, dict[str, int]]:
    """Return how many have answered, and by "segment:KEY" and "trait:NAME=VALUE" where quotas ask."""
    done = Response.objects.filter(survey=survey, completed_at__isnull=False)
    counts: Counter[str] = Counter()
    for quota in form.quotas:
        if quota.segment:
            listed = done.values_list("segments", flat=True)
            counts[f"segment:{quota.segment}"] = sum(quota.segment in one for one in listed)
        elif quota.each:
            for about in done.values_list("about", flat=True):
                if quota.each in about:
                    counts[f"trait:{quota.each}={about[quota.each]}"] += 1
    return done.count(), dict(counts)


def terms_now(key: str) -> Terms | None:
    """Return on which terms a survey asks now, or None if there is none. At most a few queries."""
    row = Survey.objects.filter(key=key).first()
    version = None if row is None else newest_version(row)
    if row is None or version is None:
        return None
    form = form_of(version)
    answered, counts = counts_of(row, form) if form.quotas else (0, {})
    return terms_of(form, is_open=row.state == "live", answered=answered, counts=counts)


def invitation_of(survey: Survey, *, enrolment: int) -> Invitation | None:
    """Return the latest invitation by which an enrolment asked for answers to a survey."""
    if not enrolment:
        return None
    found = Invitation.objects.filter(survey=survey, enrolment_id=enrolment)
    return found.exclude(state="not_asked").order_by("-id").first()


def responses_of(customer_ids: list[int]) -> list[Response]:
    """Return a person's responses, the latest first."""
    found = Response.objects.filter(customer_id__in=customer_ids)
    return list(found.select_related("survey", "version").order_by("-started_at"))


def live_count() -> int:
    """Return how many surveys are live."""
    return Survey.objects.filter(state="live").count()


def about_of(response: Response) -> dict[str, Any]:
    """Return what a response is about, beside its answers."""
    return {"level": response.level, "touchpoint": response.touchpoint, "channel": response.channel}


def titles_of(keys: Collection[str]) -> dict[str, dict[str, str]]:
    """Return what surveys are called in each language, by their keys."""
    return dict(Survey.objects.filter(key__in=keys).values_list("key", "title"))
