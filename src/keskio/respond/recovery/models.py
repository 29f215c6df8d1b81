"""Tables of the wing: plans with their versions, what is under way for each case, and compensations."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keskio.kernel.fields import InstantField
from keskio.respond.recovery import contracts


class Plan(models.Model):
    """A recovery plan. `version`: the number of the text in force; `turn` goes up with each compensation.

    Whoever wants to take from its budget changes `turn` first, so that two never see the same money.
    """

    key = models.CharField(max_length=100, unique=True)
    version = models.IntegerField(default=1)
    is_on = models.BooleanField(default=True)
    turn = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return self.key


class PlanVersion(models.Model):
    """The text of a plan as it was at a time; never changed, so that a run can always be explained."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="versions")
    number = models.IntegerField()
    text = models.TextField()
    made_at = InstantField()
    made_by = models.CharField(max_length=150, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="recovery_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.plan_id}.{self.number}"


class KindRules(models.Model):
    """Which customers are regular, as a document; the newest row is in force."""

    text = models.TextField()
    changed_at = InstantField()
    changed_by = models.CharField(max_length=150, default="")

    def __str__(self) -> str:
        return f"{self.changed_at}"


class PlanRun(models.Model):
    """How one case is being put right: by which plan, why by that one, and what came of it.

    `arm`: "plain" when the case was drawn to be handled without a plan, to compare with. `why`: what the
    plan asked for and what was found, as [condition, wanted, found]. `follow_up_at`: when it is to be
    asked whether it was put right; none before the case is closed, and once it has been asked.
    """

    class State(models.TextChoices):
        """Where a run stands."""

        RUNNING = contracts.RUNNING, pgettext_lazy("recovery", "Under way")
        ENDED = contracts.ENDED, pgettext_lazy("recovery", "Ended")
        STOPPED = contracts.STOPPED, pgettext_lazy("recovery", "Stopped")

    case_id = models.BigIntegerField(unique=True)
    customer_id = models.BigIntegerField()
    plan = models.CharField(max_length=100, default="")
    version = models.IntegerField(default=0)
    arm = models.CharField(max_length=10, default=contracts.PLAN_ARM)
    kind = models.CharField(max_length=20, default=contracts.UNKNOWN)
    severity = models.IntegerField(default=0)
    theme = models.CharField(max_length=100, default="")
    channel = models.CharField(max_length=20, default="")
    language = models.CharField(max_length=10, default="fi")
    why = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    begun_at = InstantField()
    begun_by = models.CharField(max_length=150, default="")
    respond_by = InstantField(null=True)
    ended_at = InstantField(null=True)
    follow_up_at = InstantField(null=True)
    outcome = models.CharField(max_length=50, default="")
    satisfied = models.FloatField(null=True)
    bought_at = InstantField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["state", "respond_by"], name="plan_run_state"),
            models.Index(fields=["customer_id"], name="plan_run_of_customer"),
            models.Index(fields=["plan", "begun_at"], name="plan_run_of_plan"),
            models.Index(
                fields=["follow_up_at"],
                name="plan_run_follow_up",
                condition=models.Q(follow_up_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan} · {self.case_id}"


class RunStep(models.Model):
    """One step of a run, ticked by a person or by an event."""

    class State(models.TextChoices):
        """Where a step stands."""

        WAITING = contracts.WAITING, _("To do")
        DONE = contracts.DONE, pgettext_lazy("step", "Done")
        SKIPPED = contracts.SKIPPED, _("Passed over")

    run = models.ForeignKey(PlanRun, on_delete=models.CASCADE, related_name="steps")
    place = models.IntegerField()
    key = models.CharField(max_length=100)
    kind = models.CharField(max_length=30)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    due_at = InstantField(null=True)
    reminded_at = InstantField(null=True)
    done_at = InstantField(null=True)
    done_by = models.CharField(max_length=150, default="")
    note = models.TextField(default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "key"], name="run_step_once")]
        indexes = [
            models.Index(
                fields=["due_at"],
                name="run_step_due",
                condition=models.Q(state=contracts.WAITING, reminded_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return self.key


class Compensation(models.Model):
    """Something offered to put a case right. `cents` is what it costs at most; `month` whose budget pays."""

    class State(models.TextChoices):
        """Where a compensation stands."""

        ASKED = contracts.ASKED, _("Waits for approval")
        APPROVED = contracts.APPROVED, _("Approved")
        OFFERED = contracts.OFFERED, pgettext_lazy("compensation", "Offered")
        ACCEPTED = contracts.ACCEPTED, pgettext_lazy("compensation", "Accepted")
        DECLINED = contracts.DECLINED, pgettext_lazy("compensation", "Declined")
        RETURNED = contracts.RETURNED, pgettext_lazy("compensation", "Taken back")
        REFUSED = contracts.REFUSED, _("Not approved")

    run = models.ForeignKey(PlanRun, on_delete=models.CASCADE, related_name="compensations")
    case_id = models.BigIntegerField()
    customer_id = models.BigIntegerField()
    plan = models.CharField(max_length=100)
    month = models.CharField(max_length=7)
    cents = models.BigIntegerField()
    offer = models.CharField(max_length=100, default="")
    coupon_id = models.BigIntegerField(null=True)
    code = models.CharField(max_length=40, default="")
    state = models.CharField(max_length=10, choices=State.choices)
    why_approval = models.JSONField(default=list)
    asked_at = InstantField()
    asked_by = models.CharField(max_length=150)
    decided_at = InstantField(null=True)
    decided_by = models.CharField(max_length=150, default="")
    offered_at = InstantField(null=True)
    ended_at = InstantField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["plan", "month"], name="compensation_budget"),
            models.Index(fields=["customer_id", "asked_at"], name="compensation_of_customer"),
            models.Index(fields=["state", "asked_at"], name="compensation_state"),
            models.Index(fields=["coupon_id"], name="compensation_coupon"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} · {self.cents}"

    @property
    def euros(self) -> str:
        """The sum in euros, without cents where there are none."""
        return f"{self.cents / 100:.2f}".removesuffix(".00")
