"""Tables of the wing: studies with their phases and themes, transcripts with consent, and quotes."""

from __future__ import annotations

from django.db import models
from django.utils.translation import get_language, pgettext_lazy

from keskio.kernel.fields import InstantField
from keskio.kernel.i18n import in_language
from keskio.listen.interviews import contracts


class Study(models.Model):
    """Interviews with a common question. `phases` and `themes` are {"key", "title"}; `journey` is a key."""

    key = models.CharField(max_length=100, unique=True)
    title = models.JSONField(default=dict)
    journey = models.CharField(max_length=100, default="", blank=True)
    phases = models.JSONField(default=list)
    themes = models.JSONField(default=list)
    made_at = InstantField()
    made_by = models.CharField(max_length=150, default="")

    def __str__(self) -> str:
        return in_language(self.title, get_language() or "") or self.key


class Interview(models.Model):
    """A transcript, kept as its interviewee has allowed: how and when, and until when.

    `who` is a role ("production manager, subcontractor"), not a name; `customer_id` 0: no customer of
    ours. When the consent is withdrawn or ends, text and quotes go and the row tells that they went.
    """

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="interviews")
    who = models.CharField(max_length=200)
    customer_id = models.BigIntegerField(default=0)
    held_on = models.DateField()
    interviewer = models.CharField(max_length=150, default="", blank=True)
    language = models.CharField(max_length=10, default="fi")
    text = models.TextField(default="")
    consent = models.CharField(max_length=500)
    consent_on = models.DateField()
    consent_until = models.DateField(null=True)
    ended_at = InstantField(null=True)
    made_at = InstantField()
    made_by = models.CharField(max_length=150, default="")

    class Meta:
        indexes = [
            models.Index(fields=["customer_id"], name="interview_customer"),
            models.Index(fields=["consent_until"], name="interview_until"),
        ]

    def __str__(self) -> str:
        return self.who


class Quote(models.Model):
    """Words of a transcript, from `start` to `end`, hung on a phase and on themes."""

    class Feeling(models.TextChoices):
        """How it was for whoever said it."""

        PAIN = contracts.PAIN, pgettext_lazy("quote", "Pain")
        NEUTRAL = contracts.NEUTRAL, pgettext_lazy("quote", "Neither")
        GAIN = contracts.GAIN, pgettext_lazy("quote", "Delight")

    interview = models.ForeignKey(Interview, on_delete=models.CASCADE, related_name="quotes")
    customer_id = models.BigIntegerField(default=0)
    start = models.IntegerField()
    end = models.IntegerField()
    text = models.TextField()
    phase = models.CharField(max_length=60, default="")
    themes = models.JSONField(default=list)
    feeling = models.CharField(max_length=10, choices=Feeling.choices, default=Feeling.NEUTRAL)
    note = models.CharField(max_length=500, default="", blank=True)
    at = InstantField()
    by = models.CharField(max_length=150, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["interview", "start", "end", "phase"], name="quote_once"
            )
        ]
        indexes = [models.Index(fields=["customer_id"], name="quote_customer")]

    def __str__(self) -> str:
        return self.text[:60]
