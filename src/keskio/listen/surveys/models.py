"""Tables of the wing: surveys, their versions and metrics, who was asked or not and why, and answers."""

from __future__ import annotations

from django.db import models

from keskio.kernel.fields import InstantField
from keskio.listen.surveys.words import OUTCOMES


class Survey(models.Model):
    """A survey. `state`: draft (never published), live, or closed; `draft` is the text that is edited."""

    key = models.CharField(max_length=80, unique=True)
    state = models.CharField(max_length=8, default="draft")
    title = models.JSONField(default=dict)
    level = models.CharField(max_length=14, default="touchpoint")
    draft = models.TextField(default="")
    number = models.IntegerField(default=0)
    created_at = InstantField()
    changed_at = InstantField()
    changed_by = models.CharField(max_length=150, default="")


class Version(models.Model):
    """A published text of a survey; it never changes. `number` counts from 1."""

    survey = models.ForeignKey(Survey, models.CASCADE, related_name="versions")
    number = models.IntegerField()
    document = models.TextField()
    published_at = InstantField()
    published_by = models.CharField(max_length=150, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["survey", "number"], name="surveys_version_once")
        ]


class Metric(models.Model):
    """How one question of one version is measured: what must be the same before figures are put together.

    `wording` is the question by language.
    """

    version = models.ForeignKey(Version, models.CASCADE, related_name="metrics")
    question = models.CharField(max_length=80)
    kind = models.CharField(max_length=12)
    scale = models.CharField(max_length=40)
    direction = models.CharField(max_length=40)
    aggregator = models.CharField(max_length=60)
    wording = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "question"], name="surveys_metric_once")
        ]


class Invitation(models.Model):
    """Somebody was asked, or was not and why (`reason`).

    `state`: asked (on its way), sent, delivered, bounced, failed, unknown, refused (took the permission
    back after being asked), or not_asked. `enrolment_id` and `step` where a dialogue asked; `message_id`
    the latest message.
    """

    survey = models.ForeignKey(Survey, models.CASCADE, related_name="+")
    customer_id = models.BigIntegerField()
    channel = models.CharField(max_length=20, default="")
    state = models.CharField(max_length=10)
    reason = models.CharField(max_length=60, default="")
    decided_at = InstantField()
    dialogue = models.CharField(max_length=80, default="")
    enrolment_id = models.BigIntegerField(default=0)
    step = models.CharField(max_length=80, default="")
    message_id = models.BigIntegerField(default=0)
    touchpoint = models.CharField(max_length=80, default="")
    event_id = models.BigIntegerField(unique=True, null=True)

    class Meta:
        indexes = [
            models.Index(fields=["survey", "decided_at"], name="surveys_invitation_when"),
            models.Index(fields=["customer_id"], name="surveys_invitation_whose"),
            models.Index(fields=["enrolment_id"], name="surveys_invitation_inside"),
        ]

    @property
    def outcome(self) -> str:
        """What became of it, in words."""
        return str(OUTCOMES.get(self.state, self.state))


class Response(models.Model):
    """One person's answers, saved question by question.

    `customer_id` 0: anonymous. `answers` by question; `comments` by question; `told`: what has been told
    to the log (0 nothing, 1 an unfinished one, 2 all). `channel`: link, email, sms, web or kiosk.
    `segments`: what the customer belonged to then.
    """

    survey = models.ForeignKey(Survey, models.CASCADE, related_name="+")
    version = models.ForeignKey(Version, models.CASCADE, related_name="+")
    invitation = models.ForeignKey(Invitation, models.SET_NULL, null=True, related_name="+")
    customer_id = models.BigIntegerField(default=0)
    nonce = models.CharField(max_length=24, unique=True)
    channel = models.CharField(max_length=20)
    language = models.CharField(max_length=12)
    level = models.CharField(max_length=14)
    touchpoint = models.CharField(max_length=80, default="")
    about = models.JSONField(default=dict)
    segments = models.JSONField(default=list)
    answers = models.JSONField(default=dict)
    comments = models.JSONField(default=dict)
    started_at = InstantField()
    changed_at = InstantField()
    completed_at = InstantField(null=True)
    told = models.SmallIntegerField(default=0)
    low_told = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["survey", "started_at"], name="surveys_response_when"),
            models.Index(fields=["customer_id"], name="surveys_response_whose"),
            models.Index(
                fields=["changed_at"], name="surveys_response_open", condition=models.Q(told=0)
            ),
        ]


class Score(models.Model):
    """One answer that is measured, with the metric by which it may be put together with others."""

    response = models.ForeignKey(Response, models.CASCADE, related_name="scores")
    metric = models.ForeignKey(Metric, models.CASCADE, related_name="+")
    value = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["response", "metric"], name="surveys_score_once")
        ]
