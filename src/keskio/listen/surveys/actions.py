"""Writes of the wing that people set in motion: drafts, publishing, closing."""

from __future__ import annotations

from django.db import transaction

from keskio.engine.survey.findings import Finding
from keskio.engine.survey.measuring import metrics_of
from keskio.kernel.clock import now
from keskio.kernel.errors import Mistake
from keskio.listen.surveys.documents import compile_survey, document_of
from keskio.listen.surveys.models import Metric, Survey, Version


class CannotPublish(Mistake):
    """The survey has errors; mend them first."""

    code = "survey_has_errors"

    def __init__(self, findings: list[Finding]) -> None:
        errors = [one for one in findings if one.severity == "error"]
        super().__init__(" ".join(one.sentence() for one in errors))
        self.findings = errors


class KeyTaken(Mistake):
    """Another survey has this key."""

    code = "survey_key_taken"


def save_draft(key: str, text: str, *, by: str) -> Survey:
    """Keep `text` as the draft of the survey called `key`, made now if there is none."""
    document = document_of(text)
    title = document.get("title") or key
    level = str(document.get("level", "touchpoint"))
    row, _ = Survey.objects.update_or_create(
        key=key,
        defaults={
            "draft": text,
            "title": title if isinstance(title, dict) else {"fi": str(title)},
            "level": level if level in ("relationship", "journey", "touchpoint") else "touchpoint",
            "changed_at": now(),
            "changed_by": by,
        },
        create_defaults={
            "draft": text,
            "title": title if isinstance(title, dict) else {"fi": str(title)},
            "level": level if level in ("relationship", "journey", "touchpoint") else "touchpoint",
            "changed_at": now(),
            "changed_by": by,
            "created_at": now(),
        },
    )
    return row


def publish_survey(text: str, *, by: str = "") -> Version:
    """Publish `text` as the next version of its survey, which is live from now on.

    The same text again publishes nothing new. Raises CannotPublish.
    """
    form, findings = compile_survey(text)
    if form is None:
        raise CannotPublish(findings)
    with transaction.atomic():
        row = save_draft(form.key, text, by=by)
        last = row.versions.order_by("-number").first()
        if last is not None and last.document == text:
            Survey.objects.filter(pk=row.pk).update(state="live")
            return last
        number = (last.number if last else 0) + 1
        version = Version.objects.create(
            survey=row, number=number, document=text, published_at=now(), published_by=by
        )
        Metric.objects.bulk_create(
            Metric(
                version=version,
                question=metric.question,
                kind=metric.kind,
                scale=metric.scale,
                direction=metric.direction,
                aggregator=metric.aggregator,
                wording=metric.wording,
            )
            for metric in metrics_of(form, number)
        )
        Survey.objects.filter(pk=row.pk).update(state="live", number=number)
    return version


def set_survey_state(survey: Survey, state: str, *, by: str) -> None:
    """Open a survey again or close it: a closed one asks nobody, and its links say that it is over."""
    if state == "live" and not survey.versions.exists():
        raise Mistake("A survey that was never published cannot be opened.")
    Survey.objects.filter(pk=survey.pk).update(state=state, changed_at=now(), changed_by=by)
