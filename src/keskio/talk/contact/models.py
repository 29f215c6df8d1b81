"""Tables of the wing: contacts that others have noted, who is held back, and trials of other rules."""

from __future__ import annotations

from django.db import models

from keskio.kernel.fields import InstantField


class Noted(models.Model):
    """A message to a customer that went past the dialogues: it counts towards the caps all the same.

    `source` says what sent it and names it once: the same source is not noted twice.
    """

    customer_id = models.BigIntegerField()
    channel = models.CharField(max_length=20)
    pressure = models.CharField(max_length=20)
    at = InstantField()
    source = models.CharField(max_length=200, unique=True)

    class Meta:
        indexes = [
            models.Index(fields=["customer_id", "at"], name="noted_of_customer"),
            models.Index(fields=["at"], name="noted_at"),
        ]


class HeldBack(models.Model):
    """Campaigns and surveys wait for this customer; `source` says because of what, and names it once."""

    customer_id = models.BigIntegerField()
    reason = models.CharField(max_length=40)
    source = models.CharField(max_length=200, unique=True)
    since = InstantField()

    class Meta:
        indexes = [models.Index(fields=["customer_id"], name="heldback_customer")]


class Trial(models.Model):
    """Other rules tried on what has been: the rules, how far it has come, and what came out."""

    class State(models.TextChoices):
        """Where a trial can be."""

        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        STOPPED = "stopped"
        FAILED = "failed"

    document = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    from_at = InstantField()
    until_at = InstantField()
    reached = models.BigIntegerField(default=0)
    customers = models.BigIntegerField(default=0)
    done = models.BigIntegerField(default=0)
    result = models.JSONField(default=dict)
    detail = models.TextField(default="")
    began_at = InstantField()
    ended_at = InstantField(null=True)
    began_by = models.CharField(max_length=150, default="")
