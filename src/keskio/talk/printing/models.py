"""Tables of the wing: print runs, their letters, and pictures by what the customer has.

No PDF is kept: it is made of the letters when somebody downloads it, so that whoever has withdrawn or
been erased is in no later file.
"""

from __future__ import annotations

from django.db import models

from keskio.kernel.fields import InstantField


class PrintRun(models.Model):
    """Letters that go to the printer together. There is at most one open run, which gathers.

    Closing it fixes the texts; `downloaded` is how many letters the last downloaded file held, and
    `printed` how many there were when the run was said to have gone to the printer.
    """

    class State(models.TextChoices):
        """Where a run stands."""

        OPEN = "open"
        CLOSED = "closed"
        PRINTED = "printed"

    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    opened_at = InstantField()
    closed_at = InstantField(null=True)
    closed_by = models.CharField(max_length=150, default="")
    downloaded_at = InstantField(null=True)
    downloaded = models.IntegerField(default=0)
    printed_at = InstantField(null=True)
    printed_by = models.CharField(max_length=150, default="")
    printed = models.IntegerField(default=0)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=models.Q(state="open"), name="print_run_open_once"
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Sheet(models.Model):
    """One letter of a run. Its texts are written when the run is closed. `content` is the ledger's."""

    run = models.ForeignKey(PrintRun, on_delete=models.CASCADE, related_name="sheets")
    message_id = models.BigIntegerField(unique=True)
    customer_id = models.BigIntegerField(db_index=True)
    postcode = models.CharField(max_length=20, default="")
    address = models.TextField(default="")
    language = models.CharField(max_length=10, default="")
    subject = models.TextField(default="")
    text = models.TextField(default="")
    content = models.TextField(default="{}")
    picture = models.ForeignKey("Picture", null=True, on_delete=models.SET_NULL, related_name="+")

    def __str__(self) -> str:
        return f"{self.run_id}/{self.message_id}"


class Picture(models.Model):
    """A picture for letters about an object whose field has this value: a car whose model is 307."""

    kind = models.CharField(max_length=40)
    field = models.CharField(max_length=40)
    value = models.CharField(max_length=200)
    octets = models.BinaryField()
    content_type = models.CharField(max_length=40)
    changed_at = InstantField()
    changed_by = models.CharField(max_length=150, default="")

    class Meta:
        ordering = ["kind", "field", "value"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "field", "value"], name="picture_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind}.{self.field} = {self.value}"
