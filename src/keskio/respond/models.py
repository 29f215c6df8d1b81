"""Tables of the room: tasks for people."""

from __future__ import annotations

from django.db import models
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from keskio.kernel.clock import now
from keskio.kernel.fields import InstantField
from keskio.kernel.i18n import in_language
from keskio.respond import contracts


class Task(models.Model):
    """Work for a person or a queue with a time by which it is due.

    One task for each visit of an enrolment's step, however often its event arrives. `title` holds
    its language versions. `result` is what came of it: done, declined, or one of the task's own `results`.
    """

    class State(models.TextChoices):
        """Where a task stands."""

        OPEN = contracts.OPEN, pgettext_lazy("task", "Open")
        DONE = contracts.DONE, pgettext_lazy("task", "Done")
        DECLINED = contracts.DECLINED, pgettext_lazy("task", "Declined")
        OVERDUE = contracts.OVERDUE, _("Not done in time")

    is_kept = False  # whether it is about health, and shown to one who may not see that

    title = models.JSONField(default=dict)
    customer_id = models.BigIntegerField()
    queue = models.CharField(max_length=100, default="")
    skill = models.CharField(max_length=100, default="")
    assignee = models.CharField(max_length=150, default="")
    given_at = InstantField()
    due_at = InstantField(null=True)
    state = models.CharField(max_length=20, choices=State.choices, default=State.OPEN)
    result = models.CharField(max_length=100, default="")
    results = models.JSONField(default=list)
    note = models.TextField(default="")
    closed_at = InstantField(null=True)
    closed_by = models.CharField(max_length=150, default="")
    dialogue = models.CharField(max_length=100, default="")
    enrolment = models.BigIntegerField()
    visit = models.BigIntegerField()
    step = models.CharField(max_length=100, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["enrolment", "visit"], name="task_of_visit")]
        indexes = [
            models.Index(fields=["state", "due_at"], name="task_due"),
            models.Index(fields=["state", "closed_at"], name="task_closed"),
            models.Index(fields=["customer_id"], name="task_of_customer"),
        ]

    def __str__(self) -> str:
        return in_language(self.title, get_language() or "")

    @property
    def is_open(self) -> bool:
        """Tell whether it can still be done."""
        return self.state == contracts.OPEN

    @property
    def is_late(self) -> bool:
        """Tell whether it is open and past its time."""
        return self.is_open and self.due_at is not None and self.due_at < now()


class Seat(models.Model):
    """Somebody works for a queue, for which areas (none: for all), and with which skills."""

    queue = models.CharField(max_length=100)
    username = models.CharField(max_length=150)
    areas = models.JSONField(default=list)
    skills = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["queue", "username"], name="seat_once")]

    def __str__(self) -> str:
        return f"{self.username} · {self.queue}"
