"""Tables of the wing: the page for feedback, root causes, and the cases that they have caused."""

from __future__ import annotations

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from keskio.kernel.fields import InstantField
from keskio.kernel.i18n import in_language


class Page(models.Model):
    """The page on which anybody may give feedback; there is one. `topics` are {"key", "title"}.

    `shows_mended`: below it stands what has been mended lately.
    """

    is_open = models.BooleanField(default=True)
    shows_mended = models.BooleanField(default=True)
    title = models.JSONField(default=dict)
    intro = models.JSONField(default=dict)
    thanks = models.JSONField(default=dict)
    topics = models.JSONField(default=list)
    changed_at = InstantField()
    changed_by = models.CharField(max_length=150, default="")

    def __str__(self) -> str:
        return in_language(self.title, get_language() or "")


class Cause(models.Model):
    """Why something goes wrong again and again: whose it is to mend, and by when.

    `told` is what the public list says of it once it is mended, in each language.
    """

    class State(models.TextChoices):
        """Where mending stands."""

        FOUND = "found", _("Found")
        MENDING = "mending", _("Being mended")
        MENDED = "mended", _("Mended")
        ACCEPTED = "accepted", _("Left as it is")

    title = models.CharField(max_length=200)
    theme = models.CharField(max_length=60, default="", blank=True)
    about = models.TextField(default="", blank=True)
    owner = models.CharField(max_length=150, default="", blank=True)
    mend_by = models.DateField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.FOUND)
    is_public = models.BooleanField(default=False)
    told = models.JSONField(default=dict)
    found_at = InstantField()
    found_by = models.CharField(max_length=150, default="")
    mended_at = InstantField(null=True)

    class Meta:
        indexes = [models.Index(fields=["state", "mend_by"], name="cause_to_mend")]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        """Tell whether it is still to be mended."""
        return self.state in (self.State.FOUND, self.State.MENDING)


class Caused(models.Model):
    """A case that came of a cause; somebody has said so."""

    cause = models.ForeignKey(Cause, on_delete=models.CASCADE, related_name="caused")
    case_id = models.BigIntegerField()
    at = InstantField()
    by = models.CharField(max_length=150, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["cause", "case_id"], name="caused_once")]
        indexes = [models.Index(fields=["case_id"], name="caused_case")]

    def __str__(self) -> str:
        return f"{self.cause_id} → {self.case_id}"
