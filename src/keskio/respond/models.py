"""Tables of the room: tasks for people."""

from __future__ import annotations

from django.db import models

from keskio.kernel.fields import InstantField


class Task(models.Model):
    """Work for a person or a queue with a time by which it is due.

    `result` is the outcome by name (done, declined or one of `results`, the task's own).
    One task a visit of an enrolment's step, however often its event arrives. Overdue is not a
    state of its own while the task can still be done: it is open and past `due_at`.
    """

    class State(models.TextChoices):
        """Where a task stands."""

        OPEN = "open"
        DONE = "done"
        DECLINED = "declined"

    title = models.CharField(max_length=300)
    customer_id = models.BigIntegerField()
    queue = models.CharField(max_length=100, default="")
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
    visit = models.CharField(max_length=100)
    step = models.CharField(max_length=100, default="")
    event_task = models.CharField(max_length=100, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["enrolment", "visit"], name="task_of_visit")]
        indexes = [
            models.Index(fields=["state", "due_at"], name="task_due"),
            models.Index(fields=["customer_id"], name="task_of_customer"),
        ]

    def __str__(self) -> str:
        return self.title
