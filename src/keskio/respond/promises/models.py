"""The table of the wing: promises."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keskio.kernel.clock import now
from keskio.kernel.fields import InstantField
from keskio.respond.promises import contracts


class Promise(models.Model):
    """Something promised to a customer by a time.

    `origin` and `key` make it one promise however often it is told. `keeping` is a list of
    {event, where}: any of them keeps it; `awaits` names those events between commas. `put_right_at`: when
    what was broken was made good, `repair_case_id` the case for that. `holds_back`: campaigns are held for
    the customer because of it.
    """

    class State(models.TextChoices):
        """Where a promise stands."""

        OPEN = contracts.OPEN, pgettext_lazy("promise", "Open")
        KEPT = contracts.KEPT, pgettext_lazy("promise", "Kept")
        BROKEN = contracts.BROKEN, pgettext_lazy("promise", "Broken")
        WITHDRAWN = contracts.WITHDRAWN, pgettext_lazy("promise", "Withdrawn")

    class Origin(models.TextChoices):
        """Where a promise comes from."""

        DIALOGUE = contracts.DIALOGUE, pgettext_lazy("promise", "Dialogue")
        BLUEPRINT = contracts.BLUEPRINT, pgettext_lazy("promise", "Blueprint")
        TASK = contracts.TASK, pgettext_lazy("promise", "Task")
        REPLY = contracts.REPLY, pgettext_lazy("promise", "Reply")
        PERSON = contracts.PERSON, pgettext_lazy("promise", "Person")

    customer_id = models.BigIntegerField()
    text = models.TextField()
    made_at = InstantField()
    due_at = InstantField()
    remind_at = InstantField(null=True)
    reminded_at = InstantField(null=True)
    made_by = models.CharField(max_length=150, default="")
    owner = models.CharField(max_length=150, default="")
    team = models.CharField(max_length=100, default="")
    channel = models.CharField(max_length=20, default="")
    origin = models.CharField(max_length=10, choices=Origin.choices)
    key = models.CharField(max_length=200)
    case_id = models.BigIntegerField(default=0)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    keeping = models.JSONField(default=list)
    awaits = models.CharField(max_length=300, default="")
    ended_at = InstantField(null=True)
    ended_by = models.CharField(max_length=150, default="")
    note = models.TextField(default="")
    put_right_at = InstantField(null=True)
    repair_case_id = models.BigIntegerField(default=0)
    holds_back = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["origin", "key"], name="promise_once")]
        indexes = [
            models.Index(
                fields=["due_at"], name="promise_due", condition=models.Q(state=contracts.OPEN)
            ),
            models.Index(
                fields=["remind_at"],
                name="promise_remind",
                condition=models.Q(state=contracts.OPEN, reminded_at__isnull=True),
            ),
            models.Index(fields=["state", "due_at"], name="promise_state"),
            models.Index(fields=["customer_id", "state"], name="promise_of_customer"),
            models.Index(fields=["case_id"], name="promise_of_case"),
            models.Index(
                fields=["repair_case_id"],
                name="promise_repair",
                condition=models.Q(holds_back=True),
            ),
            models.Index(fields=["made_at"], name="promise_made"),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def is_open(self) -> bool:
        """Tell whether it can still be kept."""
        return self.state == contracts.OPEN

    @property
    def is_late(self) -> bool:
        """Tell whether it is open and past its time."""
        return self.is_open and self.due_at < now()

    @property
    def in_words(self) -> str:
        """Where it stands, with what was put right since."""
        if self.state == contracts.BROKEN and self.put_right_at is not None:
            return str(_("Broken, put right since"))
        return self.get_state_display()
