"""Tables of background work."""

from __future__ import annotations

from django.db import models

from keskio.kernel.fields import InstantField


class LeaseRow(models.Model):
    """Who may do a piece of work that only one may do, until when.

    `fence` grows with each holder: one who was thought dead and comes back has an old one.
    """

    name = models.CharField(max_length=100, primary_key=True)
    owner = models.CharField(max_length=200)
    fence = models.BigIntegerField()
    until = InstantField()

    class Meta:
        db_table = "jobs_lease"


class PartitionRow(models.Model):
    """Who holds one of the 64 partitions of a work until when, and how far in the log it has come.

    `holder` names the owner and which of its lives: one who was thought dead and comes back has
    another.
    """

    work = models.CharField(max_length=100)
    number = models.SmallIntegerField()
    holder = models.CharField(max_length=120, default="")
    until = InstantField(default=0)
    position = models.BigIntegerField(default=0)

    class Meta:
        db_table = "jobs_partition"
        constraints = [models.UniqueConstraint(fields=["work", "number"], name="partition_once")]
