"""Tables of the room: who was treated and who was held out, and whose every purchase is."""

from __future__ import annotations

from django.db import models

from keskio.kernel.fields import InstantField


class Exposure(models.Model):
    """Somebody who came into a dialogue with a goal, treated or held out, and what followed in time.

    `is_first`: the first time of this customer in this dialogue: only those are compared, for one
    person is one observation. `stops` counts permissions withdrawn meanwhile.
    """

    enrolment_id = models.BigIntegerField(unique=True)
    dialogue = models.CharField(max_length=100)
    version = models.IntegerField()
    customer_id = models.BigIntegerField()
    object_key = models.CharField(max_length=200, default="")
    arm = models.CharField(max_length=10)
    is_first = models.BooleanField(default=True)
    entered_at = InstantField()
    until = InstantField()
    goals = models.IntegerField(default=0)
    value = models.FloatField(default=0.0)
    stops = models.IntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["customer_id", "until"], name="exposure_of_customer"),
            models.Index(fields=["dialogue", "arm", "until"], name="exposure_by_arm"),
        ]


class Arm(models.Model):
    """Which arm of an experiment somebody has drawn."""

    enrolment_id = models.BigIntegerField()
    customer_id = models.BigIntegerField()
    experiment = models.CharField(max_length=200)
    arm = models.CharField(max_length=100)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["enrolment_id", "experiment"], name="arm_once")
        ]
        indexes = [models.Index(fields=["customer_id"], name="arm_of_customer")]


class Credit(models.Model):
    """A purchase that some dialogue has for its goal: counted once, for one dialogue or for none.

    It is credited to the dialogue whose message came last before it, within thirty days.
    """

    event_id = models.BigIntegerField(unique=True)
    customer_id = models.BigIntegerField()
    at = InstantField()
    value = models.FloatField()
    dialogue = models.CharField(max_length=100, default="")
    message_id = models.BigIntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["dialogue", "at"], name="credit_of_dialogue"),
            models.Index(fields=["customer_id"], name="credit_of_customer"),
        ]
