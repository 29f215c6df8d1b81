"""Tables: the company's word list, a version each time it was changed."""

from __future__ import annotations

from django.db import models

from keskio.kernel.fields import InstantField


class Version(models.Model):
    """The company's word list as it stood. `document`: as `documents` says (`uses`, lists, themes).

    One version at most is a draft, and one at most in use; those that were in use stay.
    """

    class State(models.TextChoices):
        """Whether texts are read with it."""

        DRAFT = "draft"
        IN_USE = "in_use"
        BEFORE = "before"

    state = models.CharField(max_length=10, choices=State.choices)
    document = models.JSONField(default=dict)
    changed_at = InstantField()
    changed_by = models.CharField(max_length=150)
    used_at = InstantField(null=True)
    used_by = models.CharField(max_length=150, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=models.Q(state="draft"), name="wordlists_one_draft"
            ),
            models.UniqueConstraint(
                fields=["state"], condition=models.Q(state="in_use"), name="wordlists_one_in_use"
            ),
        ]
