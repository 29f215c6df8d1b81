"""Tables of the wing: definitions with their versions, who belongs where since when, and who moved.

Memberships and stages are written set-wise by `changing`; the models are there for migrations and
pages. Customers are referred to by number: these are hot tables.
"""

from __future__ import annotations

from django.db import models

from keskio.engine.times import SECOND
from keskio.kernel.fields import InstantField


class Definition(models.Model):
    """What segments and models of stages have in common: a document, and how its computing stands.

    `document` is the YAML text as it was saved; `version` numbers its saved texts. `place` is the
    place in the log and `computed_at` the moment as of which everyone was looked at last; single
    customers are newer. `asked_at`: everyone is to be looked at again, since then. `founded_at`:
    when the first members were written, of whom no event tells. `next_at`: when time alone calls
    for the next look.
    """

    class State(models.TextChoices):
        """Whether it is kept up to date (active), rests as it is (paused), or is put away."""

        ACTIVE = "active"
        PAUSED = "paused"
        ARCHIVED = "archived"

    key = models.CharField(max_length=100, unique=True)
    title = models.JSONField(default=dict)
    document = models.TextField()
    version = models.IntegerField(default=1)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ACTIVE)
    changed_at = InstantField()
    changed_by = models.CharField(max_length=150, default="")
    members = models.BigIntegerField(default=0)
    place = models.BigIntegerField(default=0)
    computed_at = InstantField(null=True)
    took = models.BigIntegerField(default=0)
    error = models.TextField(default="")
    asked_at = InstantField(null=True)
    founded_at = InstantField(null=True)
    next_at = InstantField(null=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.key

    @property
    def seconds(self) -> float:
        """How long the last look at everyone took."""
        return round(self.took / SECOND, 2)

    @property
    def is_segment(self) -> bool:
        """Tell segments from models of stages."""
        return isinstance(self, Segment)


class Segment(Definition):
    """Customers who meet a condition now."""


class StageModel(Definition):
    """Stages in their order, and the rules by which each customer is at one of them, or at none."""


class SavedVersion(models.Model):
    """A text of a definition as it was saved; texts are added and never changed."""

    class Kind(models.TextChoices):
        """What the text defines."""

        SEGMENT = "segment"
        STAGES = "stages"

    kind = models.CharField(max_length=10, choices=Kind.choices)
    key = models.CharField(max_length=100)
    number = models.IntegerField()
    document = models.TextField()
    saved_at = InstantField()
    saved_by = models.CharField(max_length=150, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "key", "number"], name="saved_version_once")
        ]


class Membership(models.Model):
    """A customer belongs to a segment, since when."""

    segment_id = models.BigIntegerField()
    customer_id = models.BigIntegerField()
    since = InstantField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["segment_id", "customer_id"], name="membership_once")
        ]
        indexes = [models.Index(fields=["customer_id"], name="membership_of_customer")]


class StageOf(models.Model):
    """The stage at which a customer is in a model (its key), since when."""

    model = models.CharField(max_length=100)
    customer_id = models.BigIntegerField()
    stage = models.CharField(max_length=100)
    since = InstantField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["model", "customer_id"], name="stage_of_once")
        ]
        indexes = [
            models.Index(fields=["customer_id"], name="stage_of_customer"),
            models.Index(fields=["model", "stage"], name="stage_of_stage"),
        ]


class Move(models.Model):
    """A customer went from one stage to another ("" for none); what flows are drawn from."""

    model = models.CharField(max_length=100)
    customer_id = models.BigIntegerField()
    was = models.CharField(max_length=100)
    became = models.CharField(max_length=100)
    at = InstantField()

    class Meta:
        indexes = [
            models.Index(fields=["model", "at"], name="move_of_model"),
            models.Index(fields=["customer_id", "model"], name="move_of_customer"),
        ]


class Tally(models.Model):
    """How many came and went in an hour, and how many there were at its end."""

    segment_id = models.BigIntegerField()
    hour = InstantField()
    entered = models.BigIntegerField(default=0)
    went = models.BigIntegerField(default=0)
    members = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["segment_id", "hour"], name="tally_of_hour")]
