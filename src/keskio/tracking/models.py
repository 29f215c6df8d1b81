"""Tables of the room: where events come from, with which keys; what was seen; what is set aside."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from keskio.kernel.fields import InstantField


class Source(models.Model):
    """A system of the company that sends events: a shop, an app, an ERP."""

    key = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    trust_client_time = models.BooleanField(default=False)
    created_at = InstantField()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Key(models.Model):
    """A write key of a source, kept as a digest; `hint` is what a person may see of it.

    A server's key vouches for the identifiers that it sends: its hint is its beginning. A browser's
    does not, and is public: its hint is the whole key. A retired key's events go to quarantine.
    """

    class Kind(models.TextChoices):
        SERVER = "server", _("server")
        BROWSER = "browser", _("browser")

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="keys")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    digest = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=60)
    created_at = InstantField()
    retired_at = InstantField(null=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.hint


class Quarantined(models.Model):
    """An item that could not be taken as it was, until a person puts it back or dismisses it."""

    class Settled(models.TextChoices):
        REPLAYED = "replayed", _("replayed")
        DISMISSED = "dismissed", _("dismissed")

    kind = models.CharField(max_length=20)
    source_id = models.BigIntegerField()
    reason = models.CharField(max_length=40)
    sentence = models.TextField()
    item = models.TextField()
    message_id = models.CharField(max_length=200)
    meta = models.TextField()
    received_at = InstantField()
    stored = models.BooleanField()
    settled_at = InstantField(null=True)
    settled_as = models.CharField(max_length=10, choices=Settled.choices, default="")
    settled_by = models.CharField(max_length=150, default="")

    class Meta:
        indexes = [
            models.Index(
                fields=["reason", "source_id", "id"],
                name="quarantine_open",
                condition=models.Q(settled_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.reason} ({self.pk})"


class Seen(models.Model):
    """A message that has been taken: 128 bits of (kind, source, message id), and the day it came.

    The table is made by hand in the migration: on SQLite its key is the table.
    """

    pk = models.CompositePrimaryKey("high", "low")
    high = models.BigIntegerField()
    low = models.BigIntegerField()
    seen_on = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.high:x}{self.low:x}"


class Planned(models.Model):
    """What an event of the data plan must look like: a JSON Schema of its properties.

    Of `customer.identified` it is the schema of its traits. `version` grows with each change.
    """

    class Mode(models.TextChoices):
        OBSERVE = "observe", _("observe: count what breaks the plan")
        WARN = "warn", _("warn: take it, and show it in quarantine")
        QUARANTINE = "quarantine", _("quarantine: do not take it")

    name = models.CharField(max_length=200, unique=True)
    description = models.TextField(default="")
    mode = models.CharField(max_length=10, choices=Mode.choices, default=Mode.OBSERVE)
    schema = models.TextField(default="{}")
    version = models.IntegerField(default=1)
    changed_at = InstantField()
    changed_by = models.CharField(max_length=150, default="")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class PlanVersion(models.Model):
    """A version of a planned event as it was."""

    name = models.CharField(max_length=200)
    version = models.IntegerField()
    mode = models.CharField(max_length=10)
    schema = models.TextField()
    changed_at = InstantField()
    changed_by = models.CharField(max_length=150, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name", "version"], name="plan_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class PlanRule(models.Model):
    """One row: what becomes of tracked events that the plan does not name.

    `mark` changes with the plan and the mappings of hooks, so that the intake reads them again.
    """

    class Unplanned(models.TextChoices):
        ALLOW = "allow", _("take them")
        WARN = "warn", _("take them, and show them in quarantine")
        QUARANTINE = "quarantine", _("do not take them")

    unplanned = models.CharField(max_length=10, choices=Unplanned.choices, default=Unplanned.ALLOW)
    mark = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return self.unplanned


class EventDay(models.Model):
    """How many events of a name came on a day (in UTC), and how many of them broke the plan."""

    pk = models.CompositePrimaryKey("name", "day")
    name = models.CharField(max_length=200)
    day = models.IntegerField()
    taken = models.BigIntegerField(default=0)
    faulty = models.BigIntegerField(default=0)
    kept_out = models.BigIntegerField(default=0)
    first_at = models.BigIntegerField()
    last_at = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.name} {self.day}"


class Hook(models.Model):
    """A web hook as a source: an address that takes any JSON, and the mapping that reads it.

    With a `secret`, the body must be signed: `header` carries its HMAC (SHA-256) in hexadecimal or
    base64, whatever stands before it ("sha256=") aside.
    """

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="hooks")
    name = models.CharField(max_length=120)
    token = models.CharField(max_length=64, unique=True)
    secret = models.CharField(max_length=200, default="")
    header = models.CharField(max_length=60, default="X-Signature-256")
    mapping = models.TextField(default="")
    active = models.BooleanField(default=True)
    created_at = InstantField()
    changed_at = InstantField()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
