"""Jobs that follow the log: who was asked and what became of it, replies by text message, rested answers.

The same event twice changes nothing: an invitation is named by its event, a response by its enrolment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import msgspec
from django.db import transaction
from django.utils.crypto import salted_hmac

from keskio.engine.survey.answering import NoAnswer, checked
from keskio.engine.survey.flow import path_of
from keskio.events.api import cursor_of, events_named, is_worth_a_turn, move_cursor
from keskio.events.contracts import LoggedEvent
from keskio.kernel.clock import Micros, from_micros
from keskio.kernel.sql import any_of, fetch, listed, run_many
from keskio.listen.surveys.contracts import ASKED, NOT_ASKED, REPLIED
from keskio.listen.surveys.models import Invitation, Response, Survey
from keskio.listen.surveys.queries import form_of, live_version
from keskio.listen.surveys.responding import Begun, begin, complete, nonce_of_asking, save, tell

CURSOR = "listen.surveys"
BATCH = 1000
RESTED = timedelta(minutes=30)
"""An unfinished response that nobody has touched for so long is told as it is."""
STATES = {
    "message.sent": "sent",
    "message.delivered": "delivered",
    "message.bounced": "bounced",
    "message.failed": "failed",
    "message.unknown": "unknown",
    "message.withdrawn": "not_asked",
}
NAMES = frozenset({ASKED, NOT_ASKED, REPLIED, *STATES})
LATEST = """
    SELECT max(id) FROM surveys_invitation WHERE {enrolments} AND state <> 'not_asked'
    GROUP BY enrolment_id, step
"""
SETTLE = """
    UPDATE surveys_invitation SET state = %s, reason = %s, message_id = %s, channel = %s
    WHERE id = %s AND state IN ('asked', 'sent', 'unknown')
"""
_decode = msgspec.json.Decoder(dict[str, Any]).decode


class SurveyFollower:
    """Takes turns at the log."""

    name = "surveys"

    def turn(self, now: Micros) -> bool:
        """Take one batch; True when there may be more."""
        del now  # events carry their own times
        position = cursor_of(CURSOR)
        events, reached = events_named(NAMES, after=position, limit=BATCH)
        if not is_worth_a_turn(events, position, reached):
            return False
        told = [(event, _decode(event.body).get("properties", {})) for event in events]
        with transaction.atomic():
            _invite([one for one in told if one[0].name in (ASKED, NOT_ASKED)])
            _settle([one for one in told if one[0].name in STATES])
            for event, said in told:
                if event.name == REPLIED:
                    _reply(event, said)
            move_cursor(CURSOR, reached)
        return len(events) == BATCH


def _invite(told: Sequence[tuple[LoggedEvent, Mapping[str, Any]]]) -> None:
    surveys = {row.key: row.pk for row in Survey.objects.all()} if told else {}
    Invitation.objects.bulk_create(
        [
            Invitation(
                survey_id=surveys[str(said["survey"])],
                customer_id=event.customer,
                channel=str(said.get("channel", "")),
                state="asked" if event.name == ASKED else "not_asked",
                reason=str(said.get("reason", ""))[:60],
                decided_at=from_micros(event.at),
                dialogue=str(said.get("dialogue", "")),
                enrolment_id=int(said.get("enrolment", 0)),
                step=str(said.get("step", "")),
                event_id=event.id,
            )
            for event, said in told
            if said.get("survey") in surveys
        ],
        ignore_conflicts=True,
    )


def _settle(told: Sequence[tuple[LoggedEvent, Mapping[str, Any]]]) -> None:
    """Note what became of the messages; that a reminder did not arrive takes nothing back."""
    enrolments = {int(said.get("enrolment") or 0) for _, said in told} - {0}
    if not enrolments:
        return
    found = [
        row[0]
        for row in fetch(LATEST.format(enrolments=any_of("enrolment_id")), (listed(enrolments),))
    ]
    rows = Invitation.objects.in_bulk(found).values()
    asked = {(row.enrolment_id, row.step): row.pk for row in rows}
    changes = []
    for event, said in told:
        pk = asked.get((int(said.get("enrolment") or 0), str(said.get("step", ""))))
        if pk is not None:
            reason = str(said.get("reason", ""))[:60]
            channel, message = str(said.get("channel", "")), int(said.get("message") or 0)
            changes.append((STATES[event.name], reason, message, channel, pk))
    run_many(SETTLE, changes)


def _reply(event: LoggedEvent, said: Mapping[str, Any]) -> None:
    """Make a response of a score, or of the comment that followed it."""
    version = live_version(str(said.get("survey", "")))
    if version is None:
        return
    form = form_of(version)
    question = next((one for one in form.questions if one.kind == said.get("scale")), None)
    if question is None:
        return
    enrolment = int(said.get("enrolment", 0))
    nonce = nonce_of_asking(form.key, enrolment)
    if form.anonymous:
        nonce = salted_hmac("keskio.surveys.reply", nonce, algorithm="sha256").hexdigest()[:22]
    told = Begun(
        version=version.pk,
        nonce=nonce,
        channel=str(said.get("channel", "sms")),
        language=form.languages[0],
        customer=event.customer,
        enrolment=enrolment,
    )
    row = begin(version, told)
    if row.completed_at is not None:
        return
    comment = str(said.get("comment", ""))
    value = said.get("score", row.answers.get(question.key))
    try:
        value = checked(question, value)
    except NoAnswer:
        return
    row = save(row, question, value, comment)
    if comment:
        row.comments = {**row.comments, question.key: comment}
        row.save(update_fields=["comments"])
        complete(row, customer=event.customer)


class RestedResponses:
    """Tells of responses that nobody has gone on with: as whole where nothing was left to ask."""

    name = "rested answers"

    def turn(self, now: Micros) -> bool:
        """Take up to a hundred; True when there may be more."""
        before = from_micros(now) - RESTED
        found = Response.objects.filter(told=0, changed_at__lte=before).order_by("changed_at")
        rows = list(found.select_related("version", "survey")[:100])
        for row in rows:
            form = form_of(row.version)
            given = {k: v for k, v in row.answers.items() if v is not None}
            if all(question.key in row.answers for question in path_of(form, given)):
                complete(row)
                continue
            with transaction.atomic():
                again = Response.objects.select_for_update(of=("self",)).select_related("version")
                fresh = again.get(pk=row.pk)
                if fresh.told == 0:
                    tell(fresh, form)
        return len(rows) == 100
