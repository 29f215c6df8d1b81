"""Tables of the wing: backtests with their results, and the people of their results to look at."""

from __future__ import annotations

from django.db import models

from keskio.kernel.fields import InstantField


class Backtest(models.Model):
    """One backtest: what was wished, how far it has come, and what came out.

    `asked` is the whole of what its result depends on, taken from the installation as it began.
    `progress` is what it goes on from, until it is over; `done` of `people` in pass `turn`.
    """

    class State(models.TextChoices):
        """Where a backtest can be."""

        WAITING = "waiting"
        RUNNING = "running"
        STOPPED = "stopped"
        DONE = "done"
        FAILED = "failed"

    title = models.CharField(max_length=200)
    dialogue = models.CharField(max_length=100, default="")
    wish = models.JSONField(default=dict)
    asked = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    progress = models.BinaryField(default=bytes)
    turn = models.IntegerField(default=1)
    done = models.BigIntegerField(default=0)
    people = models.BigIntegerField(default=0)
    result = models.JSONField(default=dict)
    detail = models.TextField(default="")
    made_at = InstantField()
    ended_at = InstantField(null=True)
    made_by = models.CharField(max_length=150, default="")


class Sample(models.Model):
    """A person of a result to look at: what kinds of happening they stand for, and their play."""

    backtest = models.ForeignKey(Backtest, on_delete=models.CASCADE, related_name="samples")
    customer_id = models.BigIntegerField(db_index=True)
    kinds = models.JSONField(default=list)
    lines = models.JSONField(default=list)
