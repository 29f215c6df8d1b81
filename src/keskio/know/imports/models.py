"""Tables of the wing: files under work, what could not be read, events told, and tables that are watched."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from keskio.kernel.fields import InstantField


class Import(models.Model):
    """One file on its way in: where it is, how it is read, how far it has come, and what became of it.

    `place` and `row` are saved in the transaction of the rows before them, so that stopping anywhere
    loses and doubles nothing. `path` is empty once the file is erased.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Mapping")
        TRYING = "trying", _("Trying out")
        TRIED = "tried", _("Tried out")
        RUNNING = "running", _("Running")
        PAUSED = "paused", _("Paused")
        STOPPED = "stopped", _("Stopped")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    name = models.CharField(max_length=200)
    path = models.TextField(default="")
    is_ours = models.BooleanField(default=True)
    fingerprint = models.CharField(max_length=64, default="")
    shape = models.TextField(default="{}")
    mapping = models.TextField(default="")
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    place = models.BigIntegerField(default=0)
    row = models.BigIntegerField(default=0)
    size = models.BigIntegerField(default=0)
    counts = models.TextField(default="{}")
    examples = models.TextField(default="{}")
    sentence = models.TextField(default="")
    made_by = models.CharField(max_length=150, default="")
    created_at = InstantField()
    begun_at = InstantField(null=True)
    seen_at = InstantField(null=True)
    ended_at = InstantField(null=True)
    worked = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["id"],
                name="import_at_work",
                condition=models.Q(state__in=["running", "trying"]),
            )
        ]

    def __str__(self) -> str:
        return self.name


class FaultRow(models.Model):
    """A cell that could not be read, or a row that could not be taken."""

    job = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="faults")
    row = models.BigIntegerField()
    column = models.CharField(max_length=200)
    value = models.CharField(max_length=200)
    reason = models.CharField(max_length=300)

    class Meta:
        db_table = "imports_fault"
        ordering = ["id"]


class Told(models.Model):
    """An event that a row told already: 128 bits of it, so that the same file again adds none."""

    pk = models.CompositePrimaryKey("high", "low")
    high = models.BigIntegerField()
    low = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.high:x}{self.low:x}"


class Table(models.Model):
    """A query in another database whose rows are taken in by difference, again and again.

    `address` is a SQLAlchemy URL, or the name of an environment variable or file that holds one
    (`env:NAME`, `file:PATH`); it may hold a password and is never shown. `vanished` says what a
    key that is no longer there means.
    """

    class Vanished(models.TextChoices):
        IGNORE = "ignore", _("Nothing")
        TRAIT = "trait", _("Set a trait of the customer")
        END = "end", _("End the row's objects")

    key = models.SlugField(max_length=60, unique=True)
    title = models.CharField(max_length=120)
    address = models.TextField()
    query = models.TextField()
    keys = models.CharField(max_length=300)
    mark_column = models.CharField(max_length=100, default="", blank=True)
    mark = models.TextField(default="")
    mapping = models.TextField()
    every_minutes = models.IntegerField(default=60)
    vanished = models.CharField(max_length=10, choices=Vanished.choices, default=Vanished.IGNORE)
    vanished_trait = models.CharField(max_length=100, default="", blank=True)
    is_on = models.BooleanField(default=True)
    due_at = InstantField()
    run = models.BigIntegerField(default=0)
    state = models.CharField(max_length=10, default="")
    counts = models.TextField(default="{}")
    sentence = models.TextField(default="")
    began_at = InstantField(null=True)
    ended_at = InstantField(null=True)
    good_at = InstantField(null=True)

    class Meta:
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title


class KeptRow(models.Model):
    """What a table's row was when it was last taken: a digest of its key and of all of it."""

    table = models.ForeignKey(Table, on_delete=models.CASCADE, related_name="rows")
    high = models.BigIntegerField()
    low = models.BigIntegerField()
    hash = models.BigIntegerField()
    run = models.BigIntegerField()
    customer_id = models.BigIntegerField(default=0)
    objects_told = models.TextField(default="")

    class Meta:
        db_table = "imports_kept"
        constraints = [models.UniqueConstraint(fields=["table", "high", "low"], name="kept_once")]
