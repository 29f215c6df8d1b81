"""Answers as they come in: begun, saved question by question, come to their end; told to the log.

An anonymous response has no customer, and its times are rounded to the day: the log then says that a
customer has answered, and the response what somebody said, and nothing joins the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

import msgspec
from django.db import IntegrityError, transaction

from keskio.engine.conditions import Subject
from keskio.engine.survey.flow import counted
from keskio.engine.survey.form import Question
from keskio.engine.survey.form import Survey as Form
from keskio.engine.survey.measuring import Summary, summary_of
from keskio.events.api import append_events
from keskio.events.contracts import NewEvent
from keskio.kernel.clock import from_micros, now, now_micros
from keskio.know.api import facts_of, memberships_of, people_of
from keskio.listen.surveys.contracts import ANSWERED, ASKED, LOW_SCORE, STARTED
from keskio.listen.surveys.models import Invitation, Metric, Response, Score, Version
from keskio.listen.surveys.queries import about_of, form_of, invitation_of
from keskio.talk.api import note_contact

NOTHING, PARTIAL, ALL = 0, 1, 2
LONGEST_NONCE = 24
_encode = msgspec.json.Encoder(enc_hook=str).encode


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """How a response begins. `nonce` names it: the same again is the same response."""

    version: int
    nonce: str
    channel: str
    language: str
    customer: int = 0
    enrolment: int = 0
    touchpoint: str = ""


def nonce_of_asking(survey: str, enrolment: int) -> str:
    """Return what names the response to what an enrolment asked last: one each, in 24 characters.

    A dialogue that asks the same again, as one that goes around every year, gets another answer.
    """
    plain = f"e{enrolment}.{survey}"
    if len(plain) > LONGEST_NONCE:
        plain = f"e{sha256(plain.encode()).hexdigest()}"[:LONGEST_NONCE]
    touched = Response.objects.filter(nonce=plain).values_list("changed_at", flat=True).first()
    if touched is None:
        return plain
    asked = Invitation.objects.filter(survey__key=survey, enrolment_id=enrolment)
    later = asked.filter(decided_at__gt=touched).exclude(state="not_asked").order_by("-id").first()
    return plain if later is None else f"i{later.pk}"


def begin(version: Version, told: Begun) -> Response:
    """Return the response that `told` names, begun now if it is not there. In the caller's transaction."""
    form = form_of(version)
    found = Response.objects.filter(nonce=told.nonce).first()
    if found is not None:
        return found
    customer = _now_called(told.customer)
    invitation = invitation_of(version.survey, enrolment=told.enrolment)
    moment = _moment(form)
    row = Response(
        survey=version.survey,
        version=version,
        invitation=None if form.anonymous else invitation,
        customer_id=0 if form.anonymous else customer,
        nonce=told.nonce,
        channel=invitation.channel if invitation and told.channel == "link" else told.channel,
        language=told.language,
        level=form.level,
        touchpoint=told.touchpoint or form.touchpoint,
        about=_about(form, customer),
        segments=_segments(customer),
        started_at=moment,
        changed_at=moment,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:  # the same form was sent twice, and the other one was quicker
        return Response.objects.get(nonce=told.nonce)
    if row.customer_id and not told.enrolment and not _was_asked(row, form):
        _count_as_asked(row)
    # The log tells the very moment: beside a number it would say whose anonymous answers these are.
    _tell(row, STARTED, {"channel": row.channel}, of_response=not form.anonymous)
    return row


def _was_asked(row: Response, form: Form) -> bool:
    """Tell whether asking has been counted already: when a link of the customer's own was made."""
    since = from_micros(now_micros() - form.again)
    mine = Invitation.objects.filter(survey=row.survey, customer_id=row.customer_id)
    return mine.filter(dialogue="", decided_at__gte=since).exclude(state="not_asked").exists()


def _count_as_asked(row: Response) -> None:
    """Let a survey that no dialogue asked count as a contact too: it is shown, and answered."""
    source = f"survey/{row.survey.key}/{row.pk}"
    note_contact(row.customer_id, "web", "survey", now_micros(), source)
    _tell(row, ASKED, {"channel": row.channel})


def save(
    response: Response, question: Question, value: Any, comment: str = "", *, language: str = ""
) -> Response:
    """Save one answer (None: passed over) and return the response as it is now."""
    with transaction.atomic():
        row = _locked(response)
        form = form_of(row.version)
        row.answers = {**row.answers, question.key: value}
        if question.comment:
            row.comments = {**row.comments, question.key: comment}
        row.language = language or row.language
        row.changed_at = _moment(form)
        row.save(update_fields=["answers", "comments", "language", "changed_at"])
        _measure(row, form)
    return row


def complete(response: Response, *, customer: int = 0) -> Response:
    """Bring a response to its end and tell the log. Again changes nothing.

    `customer`: whose link it was, where the response itself is anonymous.
    """
    with transaction.atomic():
        row = _locked(response)
        if row.completed_at is not None:
            return row
        form = form_of(row.version)
        row.completed_at = row.changed_at = _moment(form)
        row.save(update_fields=["completed_at", "changed_at"])
        tell(row, form, customer=customer)
    return row


def tell(row: Response, form: Form, *, customer: int = 0) -> None:
    """Tell the log of a response that has come to its end, or has rested unfinished."""
    is_whole = row.completed_at is not None
    row.told = ALL if is_whole else PARTIAL
    if row.invitation_id is None and row.customer_id:
        row.invitation = _invited(row)
    if form.anonymous:
        row.save(update_fields=["told", "invitation"])
        if customer:
            told = {"anonymous": True, "complete": is_whole}
            _tell(row, ANSWERED, told, customer=_now_called(customer), of_response=False)
        return
    answers = _given(form, row.answers)
    summary = summary_of(form, answers, row.comments)
    low = _is_low(form, answers) and not row.low_told
    row.low_told = row.low_told or low
    row.save(update_fields=["told", "invitation", "low_told"])
    said = {
        "version": row.version.number,
        "language": row.language,
        "channel": row.channel,
        "answers": answers,
        "comment": summary.comment,
        "complete": is_whole,
        "groups": summary.groups,
        "invitation": row.invitation_id or 0,
        **summary.scores,
    }
    if summary.emotion:
        said["emotion"] = summary.emotion
    _tell(row, ANSWERED, said)
    if low and row.customer_id:
        _tell_low(row, form, summary)


def _tell_low(row: Response, form: Form, summary: Summary) -> None:
    assert form.case is not None
    told = {
        "customer": row.customer_id,
        "score": next(iter(summary.scores.values()), None),
        "scores": summary.scores,
        "groups": summary.groups,
        "comment": summary.comment,
        "kind": form.case.kind,
        "severity": form.case.severity,
        "channel": row.channel,
        "title": dict(form.title),
    }
    _tell(row, LOW_SCORE, told)


def _tell(
    row: Response,
    name: str,
    properties: Mapping[str, Any],
    *,
    customer: int | None = None,
    of_response: bool = True,
) -> None:
    told = {"survey": row.survey.key, **about_of(row), **properties}
    if of_response:
        told["response"] = row.pk
    whose = row.customer_id if customer is None else customer
    body = _encode({"properties": told}).decode()
    append_events([NewEvent(whose, name, now_micros(), body)])


def _is_low(form: Form, answers: Mapping[str, Any]) -> bool:
    return form.case is not None and form.case.when(Subject(variables=answers))


def _given(form: Form, answers: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in counted(form, answers).items() if v is not None}


def _measure(row: Response, form: Form) -> None:
    """Let the scores be those of the answers that count."""
    answers = _given(form, row.answers)
    metrics = Metric.objects.filter(version_id=row.version_id).values_list("id", "question")
    Score.objects.filter(response=row).delete()
    Score.objects.bulk_create(
        Score(response=row, metric_id=pk, value=answers[question])
        for pk, question in metrics
        if question in answers
    )


def _locked(response: Response) -> Response:
    rows = Response.objects.select_for_update(of=("self",)).select_related("version", "survey")
    return rows.get(pk=response.pk)


def _invited(row: Response) -> Invitation | None:
    found = Invitation.objects.filter(survey=row.survey, customer_id=row.customer_id)
    return found.exclude(state="not_asked").order_by("-id").first()


def _now_called(customer: int) -> int:
    person = people_of([customer]).get(customer) if customer else None
    return person.id if person else 0


def _moment(form: Form) -> datetime:
    at = now()
    return at.replace(hour=0, minute=0, second=0, microsecond=0) if form.anonymous else at


def _segments(customer: int) -> list[str]:
    return sorted(memberships_of([customer]).get(customer, {})) if customer else []


def _about(form: Form, customer: int) -> dict[str, Any]:
    names = [quota.each for quota in form.quotas if quota.each]
    if not names or not customer:
        return {}
    traits = facts_of([customer])[customer].traits
    return {name: str(traits[name]) for name in names if traits.get(name) is not None}
