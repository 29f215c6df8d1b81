"""Tables of the wing: where calls go, and each call with what became of it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import pgettext_lazy

from keskio.kernel.fields import InstantField


class Connection(models.Model):
    """Another system that dialogues may call: where it is, and the secret that signs what it is told."""

    key = models.SlugField(max_length=60, unique=True)
    title = models.CharField(max_length=200)
    url = models.URLField(max_length=500)
    secret = models.CharField(max_length=100)
    is_open = models.BooleanField(default=True)
    changed_at = InstantField()
    changed_by = models.CharField(max_length=150, default="")

    class Meta:
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title or self.key


class Call(models.Model):
    """One call: asked for by a visit to a step, made until it is answered or its time is over.

    The unique pair (enrolment, visit) is what makes each be asked for once; the other system gets it as
    an id, so that it can tell a repeated call from a new one.
    """

    class State(models.TextChoices):
        """Where a call stands."""

        WAITING = "waiting", pgettext_lazy("call", "to be made")
        OK = "ok", pgettext_lazy("call", "answered")
        REFUSED = "refused", pgettext_lazy("call", "refused")
        FAILED = "failed", pgettext_lazy("call", "failed")

    enrolment_id = models.BigIntegerField()
    visit = models.IntegerField()
    customer_id = models.BigIntegerField()
    dialogue = models.CharField(max_length=100)
    step = models.CharField(max_length=100)
    connection = models.CharField(max_length=60)
    body = models.TextField()
    asked_at = InstantField()
    until = InstantField()
    next_at = InstantField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.SmallIntegerField(default=0)
    said = models.CharField(max_length=300, default="")
    settled_at = InstantField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["enrolment_id", "visit"], name="call_once")]
        indexes = [
            models.Index(
                fields=["next_at"], name="call_waiting", condition=models.Q(state="waiting")
            ),
            models.Index(fields=["connection", "id"], name="call_of_connection"),
            models.Index(fields=["customer_id"], name="call_of_customer"),
        ]
