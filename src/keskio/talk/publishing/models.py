"""Tables of the wing: drafts with what has been done to them, and whether a second person must agree."""

from __future__ import annotations

from django.db import models

from keskio.kernel.fields import InstantField


class Draft(models.Model):
    """A definition that is being written. `text` is kept exactly as it was typed.

    `revision` grows with every save: who saves over a revision that is not the newest is refused.
    `key` and `title` are what the text last said of itself ("" while it says nothing readable).
    `based_on` is the version it was begun from (0: none), `agreed` the revision that a second person
    has agreed to (0: none), `asked` the one that was put before her. `plan` is the plan as it was
    last chosen for those who are inside.
    """

    class State(models.TextChoices):
        """Where a draft stands."""

        OPEN = "open"
        ASKED = "asked"
        PUBLISHED = "published"
        DISCARDED = "discarded"

    key = models.CharField(max_length=100, default="", db_index=True)
    title = models.JSONField(default=dict)
    text = models.TextField()
    variables = models.JSONField(default=dict)
    revision = models.IntegerField(default=1)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    based_on = models.BigIntegerField(default=0)
    asked = models.IntegerField(default=0)
    asked_by = models.CharField(max_length=150, default="")
    agreed = models.IntegerField(default=0)
    agreed_by = models.CharField(max_length=150, default="")
    plan = models.TextField(default="")
    created_at = InstantField()
    created_by = models.CharField(max_length=150, default="")
    changed_at = InstantField()
    changed_by = models.CharField(max_length=150, default="")

    class Meta:
        ordering = ["-changed_at", "-id"]

    def __str__(self) -> str:
        return self.key or str(self.pk)


class Note(models.Model):
    """What was done with a draft, by whom and when; rows are only added. `comment` is a person's own."""

    class What(models.TextChoices):
        """What can be done."""

        CREATED = "created"
        SAVED = "saved"
        ASKED = "asked"
        AGREED = "agreed"
        RETURNED = "returned"
        PUBLISHED = "published"
        DISCARDED = "discarded"

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="notes")
    what = models.CharField(max_length=10, choices=What.choices)
    revision = models.IntegerField()
    at = InstantField()
    by = models.CharField(max_length=150, default="")
    comment = models.TextField(default="")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.draft_id} {self.what}"


class Rule(models.Model):
    """Whether a second person must agree before publishing: the newest row counts, earlier ones stay."""

    needs_second = models.BooleanField(default=False)
    changed_at = InstantField()
    changed_by = models.CharField(max_length=150, default="")

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return "needs a second person" if self.needs_second else "needs nobody"
