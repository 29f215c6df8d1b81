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
