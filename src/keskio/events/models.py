"""Tables of the log.

Rows are written set-wise by `actions`; the models are there for migrations and for pages.
"""

from __future__ import annotations

from django.db import models

from keskio.kernel.fields import InstantField


class Event(models.Model):
    """One thing that happened to one customer. The id is the order in which the log took it.

    `record_id` is the record by whose identifiers it was told, where that record has since been
    merged into the customer; NULL where they are one. Un-merging gives it back what is its own.
    """

    customer_id = models.BigIntegerField()
    record_id = models.BigIntegerField(null=True)
    partition = models.SmallIntegerField()
    name = models.CharField(max_length=200)
    occurred_at = InstantField()
    received_at = InstantField()
    source_id = models.BigIntegerField()
    message_id = models.CharField(max_length=200)
    body = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["customer_id", "occurred_at"], name="event_of_customer")]

    def __str__(self) -> str:
        """Return the event's name and its place in the log."""
        return f"{self.name} ({self.pk})"


class Cursor(models.Model):
    """How far a follower of the log has come."""

    name = models.CharField(max_length=100, primary_key=True)
    position = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        """Return the follower's name and how far it has come."""
        return f"{self.name}: {self.position}"


class Spooled(models.Model):
    """One request body as it came in: the raw truth, from which anything can be replayed.

    `kind` names the parser that reads it: segment, sms, email. `meta` is JSON: key, path, address.
    """

    kind = models.CharField(max_length=20)
    source_id = models.BigIntegerField()
    received_at = InstantField()
    meta = models.TextField()
    body = models.BinaryField()

    def __str__(self) -> str:
        """Return the row's kind and its place in the spool."""
        return f"{self.kind} ({self.pk})"
