"""The table of the wing: alerts of rising themes."""

from __future__ import annotations

from django.db import models

from keskio.kernel.fields import InstantField


class Alert(models.Model):
    """One rise of one theme (`*`: of everything that is said), from the first look that saw it to its end.

    `authors`, `expected`, `spread`, `sigmas` and `hours` are those of the first look; `most` the highest
    count of people seen since. `examples` are numbers of mentions. `seen_by`: who has taken note.
    """

    theme = models.CharField(max_length=100)
    opened_at = InstantField()
    closed_at = InstantField(null=True)
    hours = models.PositiveSmallIntegerField()
    authors = models.PositiveIntegerField()
    expected = models.FloatField()
    spread = models.FloatField()
    sigmas = models.FloatField()
    most = models.PositiveIntegerField()
    copies = models.PositiveIntegerField(default=0)
    reposts = models.PositiveBigIntegerField(default=0)
    examples = models.JSONField(default=list)
    seen_by = models.CharField(max_length=150, default="")
    seen_at = InstantField(null=True)
    note = models.TextField(default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["theme"],
                name="alert_open_once",
                condition=models.Q(closed_at__isnull=True),
            )
        ]
        indexes = [models.Index(fields=["-opened_at"], name="alert_by_time")]
