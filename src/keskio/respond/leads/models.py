"""Tables of the wing: leads, call lists, and the addresses of people's calendar feeds."""

from __future__ import annotations

from django.db import models
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from keskio.kernel.fields import InstantField
from keskio.kernel.i18n import in_language
from keskio.respond.leads import contracts


class Lead(models.Model):
    """A request that may become business: who asked for what, whose it is, what came of it.

    `request` names the request for ever: its own number, else the event that told it. `enrolment` is the
    dialogue that takes care of it, once that has given its first task.
    """

    class State(models.TextChoices):
        """Where a lead stands."""

        NEW = contracts.NEW, pgettext_lazy("lead", "New")
        WORKING = contracts.WORKING, pgettext_lazy("lead", "Being worked on")
        WON = contracts.WON, pgettext_lazy("result", "Won")
        LOST = contracts.LOST, pgettext_lazy("result", "Lost")
        NOT_REACHED = contracts.NOT_REACHED, pgettext_lazy("result", "Not reached")
        NOT_QUALIFIED = contracts.NOT_QUALIFIED, pgettext_lazy("result", "Not qualified")
        ANSWERED = contracts.ANSWERED, pgettext_lazy("lead", "Answered")
        NOT_HANDLED = contracts.NOT_HANDLED, pgettext_lazy("lead", "Nobody took care of it")

    class Reason(models.TextChoices):
        """Why it was lost."""

        PRICE = "price", _("Price")
        TIMING = "timing", _("Timing")
        COMPETITOR = "competitor", _("Somebody else was chosen")
        NO_NEED = "no-need", _("No need after all")
        NO_ANSWER = "no-answer", _("The customer no longer answered")
        OTHER = "other", _("Another reason")

    request = models.CharField(max_length=200, unique=True)
    customer_id = models.BigIntegerField()
    kind = models.CharField(max_length=60, default="")
    area = models.CharField(max_length=100, default="")
    details = models.JSONField(default=dict)
    owner = models.CharField(max_length=150, default="")
    enrolment = models.BigIntegerField(null=True)
    state = models.CharField(max_length=20, choices=State.choices, default=State.NEW)
    reason = models.CharField(max_length=20, choices=Reason.choices, default="", blank=True)
    value = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    note = models.TextField(default="", blank=True)
    opened_at = InstantField()
    contacted_at = InstantField(null=True)
    closed_at = InstantField(null=True)
    closed_by = models.CharField(max_length=150, default="")

    class Meta:
        indexes = [
            models.Index(fields=["state", "opened_at"], name="lead_of_state"),
            models.Index(fields=["customer_id"], name="lead_of_customer"),
            models.Index(fields=["enrolment"], name="lead_of_enrolment"),
            models.Index(fields=["opened_at"], name="lead_opened"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} · {self.request}"

    @property
    def is_open(self) -> bool:
        """Tell whether something may still come of it."""
        return self.state in contracts.OPEN_STATES


class CallList(models.Model):
    """Customers whom somebody is to call: each is a task in `queue`, tried three times at most."""

    title = models.JSONField(default=dict)
    script = models.TextField(default="", blank=True)
    queue = models.CharField(max_length=100)
    segment = models.CharField(max_length=100, default="")
    customers = models.IntegerField(default=0)
    due_at = InstantField()
    made_at = InstantField()
    made_by = models.CharField(max_length=150, default="")

    def __str__(self) -> str:
        return in_language(self.title, get_language() or "")


class Feed(models.Model):
    """Somebody's calendar feed: who knows its address may read it, so only its digest is kept."""

    username = models.CharField(max_length=150, unique=True)
    digest = models.CharField(max_length=64, unique=True)
    made_at = InstantField()

    def __str__(self) -> str:
        return self.username
