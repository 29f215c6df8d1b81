"""Tables of the wing: definitions, what has been gathered for them by record, and the values written.

What is gathered belongs to *records*; a customer's value is made of all the records that are this
customer now, so that merging and un-merging need only be computed anew. `edition` grows when
a definition is edited: what was gathered for an earlier one is never looked at again.
"""

from __future__ import annotations

from django.db import models

from keskio.kernel.fields import InstantField


class Definition(models.Model):
    """One computed trait. `document` is the JSON text that a person wrote.

    BUILDING reads the log up to where the follower is (`built_to`), SETTLING writes the values of
    all customers (`settled_to`: the last record), READY is kept up event by event. ENDING takes the
    trait away from everybody. A definition of SQL is READY and runs when `run_at` has come.
    """

    class State(models.TextChoices):
        BUILDING = "building"
        SETTLING = "settling"
        READY = "ready"
        PAUSED = "paused"
        ENDING = "ending"

    key = models.CharField(max_length=100, unique=True)
    title = models.CharField(max_length=120)
    document = models.TextField()
    edition = models.IntegerField(default=1)
    state = models.CharField(max_length=10, choices=State.choices, default=State.BUILDING)
    built_to = models.BigIntegerField(default=0)
    build_end = models.BigIntegerField(default=0)
    settled_to = models.BigIntegerField(default=0)
    created_at = InstantField()
    changed_at = InstantField()
    changed_by = models.CharField(max_length=150, default="")
    run_at = InstantField(null=True)
    refreshed_at = InstantField(null=True)
    took = models.BigIntegerField(default=0)
    error = models.TextField(default="")
    error_at = InstantField(null=True)

    class Meta:
        ordering = ["title", "key"]

    def __str__(self) -> str:
        return self.title


class Tally(models.Model):
    """What a record's events have come to, over all time. `taken_to`: the last place in the log."""

    pk = models.CompositePrimaryKey("definition_id", "edition", "record_id")
    definition_id = models.BigIntegerField()
    edition = models.IntegerField()
    record_id = models.BigIntegerField()
    state = models.TextField()
    taken_to = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.definition_id}/{self.record_id}"


class Entry(models.Model):
    """One event that a sliding window counts, until it has slid past; `value` is JSON text."""

    pk = models.CompositePrimaryKey("definition_id", "edition", "record_id", "at", "event_id")
    definition_id = models.BigIntegerField()
    edition = models.IntegerField()
    record_id = models.BigIntegerField()
    at = models.BigIntegerField()
    event_id = models.BigIntegerField()
    value = models.TextField()

    def __str__(self) -> str:
        return f"{self.definition_id}/{self.record_id}/{self.event_id}"


class Value(models.Model):
    """A customer's value as it was last written; `next_at` is when it changes without any event."""

    pk = models.CompositePrimaryKey("definition_id", "customer_id")
    definition_id = models.BigIntegerField()
    customer_id = models.BigIntegerField()
    edition = models.IntegerField()
    value = models.TextField()
    computed_at = models.BigIntegerField()
    next_at = models.BigIntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["next_at"],
                name="computed_value_due",
                condition=models.Q(next_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.definition_id}/{self.customer_id}"
