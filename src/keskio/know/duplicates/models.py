"""Tables of the wing: pairs that may be one person, and the searches that found them."""

from __future__ import annotations

from django.db import models

from keskio.kernel.fields import InstantField


class Candidate(models.Model):
    """Two customers who may be one person, until somebody decides. `low_id` < `high_id`.

    `evidence`: JSON, what each field says (`linking.Evidence`). Kept `apart`, the pair is never asked
    about again. A pair that a later search no longer finds is `gone`, and comes back when found.
    """

    OPEN, MERGED, APART, GONE = "open", "merged", "apart", "gone"

    low_id = models.BigIntegerField()
    high_id = models.BigIntegerField()
    probability = models.FloatField()
    evidence = models.TextField(default="[]")
    search_id = models.BigIntegerField()
    found_at = InstantField()
    state = models.CharField(max_length=10, default=OPEN)
    decided_at = InstantField(null=True)
    decided_by = models.CharField(max_length=150, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["low_id", "high_id"], name="candidate_once"),
        ]
        indexes = [
            models.Index(fields=["state", "-probability", "id"], name="candidate_queue"),
            models.Index(fields=["high_id"], name="candidate_of_high"),
        ]


class Search(models.Model):
    """One look through all customers: asked for, begun, and ended well or with an error."""

    asked_at = InstantField()
    asked_by = models.CharField(max_length=150, default="")
    began_at = InstantField(null=True)
    ended_at = InstantField(null=True)
    customers = models.BigIntegerField(default=0)
    pairs = models.IntegerField(default=0)
    error = models.TextField(default="")
