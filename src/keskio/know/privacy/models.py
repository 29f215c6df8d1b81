"""Tables of the wing: purposes and their texts, what waits for a confirmation, erasures, retention.

Purposes that ship with the product stand in `ready`; a row here says where the company's own differ.
Nothing here names a person but the rows that wait for somebody's answer, and those are emptied.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keskio.kernel.fields import InstantField


class Purpose(models.Model):
    """What customers' data are used for, in the company's own words.

    `channels` are those in which it is asked about; empty: it has nothing to do with channels.
    `lasts_days`: for how long a consent holds; NULL: until it is withdrawn.
    """

    class Basis(models.TextChoices):
        """The legal basis of GDPR article 6."""

        CONSENT = "consent", _("consent")
        CONTRACT = "contract", _("contract")
        OBLIGATION = "obligation", _("legal obligation")
        INTEREST = "interest", _("legitimate interest")

    key = models.SlugField(max_length=40, unique=True)
    title = models.JSONField(default=dict)
    description = models.JSONField(default=dict)
    basis = models.CharField(max_length=12, choices=Basis.choices, default=Basis.CONSENT)
    needs_consent = models.BooleanField(default=True)
    is_special = models.BooleanField(default=False)
    is_shown = models.BooleanField(default=True)
    channels = models.JSONField(default=list)
    lasts_days = models.IntegerField(null=True, blank=True)
    kept_days = models.IntegerField(null=True, blank=True)
    position = models.IntegerField(default=100)

    def __str__(self) -> str:
        return self.key


class ConsentText(models.Model):
    """What people were told when they agreed: a version of a purpose's text in one language.

    Never changed once it is there: lines of the register name it as their proof.
    """

    purpose = models.CharField(max_length=40)
    version = models.CharField(max_length=100)
    language = models.CharField(max_length=2)
    text = models.TextField()
    created_at = InstantField()
    created_by = models.CharField(max_length=150, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["purpose", "version", "language"], name="consent_text_once"
            )
        ]


class Notice(models.Model):
    """A letter or text message of ours about privacy: to be confirmed, or with what was asked for.

    Marked before the hand-over, so that a crash never sends it twice. `secret` is the hash of what
    its link holds. Addresses and text are taken away once it is settled.
    """

    class Kind(models.TextChoices):
        """What it is about."""

        CONSENT = "consent", _("confirmation of a consent")
        ACCESS = "access", _("request to see one's data")
        ERASURE = "erasure", _("request to be forgotten")

    class State(models.TextChoices):
        """Where it stands."""

        WAITING = "waiting", pgettext_lazy("notice", "to be sent")
        HANDING = "handing", pgettext_lazy("notice", "being sent")
        ASKED = "asked", pgettext_lazy("notice", "sent, not confirmed")
        CONFIRMED = "confirmed", pgettext_lazy("notice", "confirmed")
        EXPIRED = "expired", pgettext_lazy("notice", "not confirmed in time")
        FAILED = "failed", pgettext_lazy("notice", "could not be sent")

    customer_id = models.BigIntegerField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    channel = models.CharField(max_length=20)
    address = models.CharField(max_length=254, default="")
    language = models.CharField(max_length=2, default="fi")
    purpose = models.CharField(max_length=40, default="")
    text_version = models.CharField(max_length=100, default="")
    source = models.CharField(max_length=100, default="")
    asked_at = InstantField()
    expires_at = InstantField()
    sent_at = InstantField(null=True)
    settled_at = InstantField(null=True)
    trouble = models.CharField(max_length=200, default="")

    class Meta:
        indexes = [
            models.Index(fields=["customer_id"], name="notice_of_customer"),
            models.Index(
                fields=["state", "id"],
                name="notice_open",
                condition=models.Q(state__in=["waiting", "handing", "asked"]),
            ),
        ]


class Demand(models.Model):
    """Something a customer has asked of us about their data, which a person sees to in time."""

    class Kind(models.TextChoices):
        """What was asked for (GDPR articles 15, 17, 18, 21)."""

        ACCESS = "access", _("to see one's data")
        ERASURE = "erasure", _("to be forgotten")
        RESTRICTION = "restriction", _("to have the use of one's data restricted")

    class State(models.TextChoices):
        """Where it stands."""

        OPEN = "open", pgettext_lazy("demand", "open")
        DONE = "done", pgettext_lazy("demand", "done")
        REFUSED = "refused", pgettext_lazy("demand", "refused")

    customer_id = models.BigIntegerField()
    kind = models.CharField(max_length=12, choices=Kind.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    is_confirmed = models.BooleanField(default=False)
    made_at = InstantField()
    due_at = InstantField()
    source = models.CharField(max_length=100)
    closed_at = InstantField(null=True)
    closed_by = models.CharField(max_length=150, default="")
    note = models.CharField(max_length=500, default="")

    class Meta:
        indexes = [
            models.Index(fields=["state", "due_at"], name="demand_due"),
            models.Index(fields=["customer_id"], name="demand_of_customer"),
        ]


class Erasure(models.Model):
    """A person being forgotten, and afterwards the receipt of it.

    `working` holds by what the person is found and how far the work has come; it is emptied at the
    end. `counts` says how many rows went from where; `hashes` are keyed digests of the identifiers.
    """

    class State(models.TextChoices):
        """Where it stands."""

        RUNNING = "running", pgettext_lazy("erasure", "under way")
        DONE = "done", pgettext_lazy("erasure", "done")

    records = models.JSONField(default=list)
    state = models.CharField(max_length=8, choices=State.choices, default=State.RUNNING)
    reason = models.CharField(max_length=500, default="")
    requested_by = models.CharField(max_length=150, default="")
    requested_at = InstantField()
    finished_at = InstantField(null=True)
    is_blocked = models.BooleanField(default=False)
    is_replay = models.BooleanField(default=False)
    place = models.CharField(max_length=100, default="")
    waits_for = models.CharField(max_length=100, default="")
    working = models.TextField(default="{}")
    counts = models.JSONField(default=dict)
    hashes = models.JSONField(default=list)


class Forgotten(models.Model):
    """The keyed digest of an identifier of somebody who has been forgotten."""

    digest = models.CharField(max_length=64, unique=True)
    erasure_id = models.BigIntegerField()
    is_blocked = models.BooleanField(default=False)


class Retention(models.Model):
    """How long something is kept: events by name (`*` at the end: all that begin so), or traits.

    `place` is how far in the log this rule has looked; what is behind it is younger.
    """

    class Kind(models.TextChoices):
        """What the rule is about."""

        EVENT = "event", _("events")
        TRAIT = "trait", _("traits")

    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.EVENT)
    name = models.CharField(max_length=200)
    days = models.IntegerField()
    is_on = models.BooleanField(default=True)
    place = models.BigIntegerField(default=0)
    deleted = models.BigIntegerField(default=0)
    ran_at = InstantField(null=True)
    note = models.CharField(max_length=200, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "name"], name="retention_once")]


class SpecialName(models.Model):
    """An event or a trait that is data of a special category (GDPR art. 9), such as health data."""

    class Kind(models.TextChoices):
        """What the name is of."""

        EVENT = "event", _("event")
        TRAIT = "trait", _("trait")

    kind = models.CharField(max_length=8, choices=Kind.choices)
    name = models.CharField(max_length=200)
    purpose = models.CharField(max_length=40, default="health")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "name"], name="special_name_once")]
