"""Tables of the sources: what is configured, how far each has come, how it is; faults, and files by hand."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from keskio.kernel.fields import InstantField


class Source(models.Model):
    """One configured source of messages.

    `secrets` is a column of its own so that lists and logs never load it. `cursor` is written in the
    transaction of the messages before it. `fault` is the last one that has not been overcome, as `faults`
    writes it ({}: none). `counted_on` is the day (local, ISO) that `today` counts.
    """

    kind = models.CharField(max_length=20)
    key = models.CharField(max_length=60, unique=True)
    name = models.CharField(_("Name"), max_length=100)
    settings = models.JSONField(default=dict)
    secrets = models.JSONField(default=dict)
    cursor = models.JSONField(default=dict)
    revision = models.PositiveIntegerField(default=1)
    is_paused = models.BooleanField(default=False)
    failures = models.PositiveIntegerField(default=0)
    next_at = InstantField(default=0)
    well_at = InstantField(null=True)
    post_at = InstantField(null=True)
    fault_at = InstantField(null=True)
    fault = models.JSONField(default=dict)
    counted_on = models.CharField(max_length=10, default="", blank=True)
    today = models.PositiveIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    left_out = models.BigIntegerField(default=0)
    made_by = models.CharField(max_length=150, default="", blank=True)
    created_at = InstantField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


class Fault(models.Model):
    """Something that went wrong with a source; the last twenty of each are kept."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="faults")
    at = InstantField()
    told = models.JSONField(default=dict)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return str(self.told)


class Upload(models.Model):
    """A file of messages brought by hand: how it is read, how far it has come, what became of its rows.

    `place` is saved in the transaction of the messages before it. The file is deleted once it is taken in.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Being mapped")
        RUNNING = "running", _("Being taken in")
        DONE = "done", _("Taken in")
        FAILED = "failed", _("Failed")

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="uploads")
    name = models.CharField(max_length=200)
    path = models.TextField(default="", blank=True)
    shape = models.JSONField(default=dict)
    mapping = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    place = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)
    faults = models.JSONField(default=list)
    made_by = models.CharField(max_length=150, default="", blank=True)
    created_at = InstantField()
    ended_at = InstantField(null=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name
