"""The table of the wing."""

from __future__ import annotations

from django.db import models

from keskio.kernel.fields import InstantField


class Unclear(models.Model):
    """A reply that could answer several questions, and what a person has decided.

    `enrolments` are those that asked. `enrolment_id` is whose answer it was; none when decided so: it
    answered no question.
    """

    event_id = models.BigIntegerField(unique=True)
    customer_id = models.BigIntegerField()
    said_at = InstantField()
    channel = models.CharField(max_length=20)
    text = models.TextField()
    enrolments = models.JSONField(default=list)
    decided_at = InstantField(null=True)
    decided_by = models.CharField(max_length=150, default="")
    enrolment_id = models.BigIntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["id"], name="unclear_open", condition=models.Q(decided_at__isnull=True)
            ),
            models.Index(fields=["customer_id"], name="unclear_of_customer"),
        ]
