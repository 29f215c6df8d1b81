"""Tables: what people say messages are, what was learnt of it, and themes found among the rest."""

from __future__ import annotations

from django.db import models

from keskio.kernel.fields import InstantField


class Label(models.Model):
    """What a person says of one mention: the `value` of one `head`.

    Heads and values: `polarity` negative, neutral or positive; `emotion:NAME` and `theme:KEY` yes or
    no; `skip` yes (nobody can tell). The text is the mention's: when that goes, the label teaches
    nothing more. The latest label of a mention and head is the one that is there.
    """

    mention = models.ForeignKey("listen.Mention", on_delete=models.CASCADE, related_name="+")
    head = models.CharField(max_length=120)
    value = models.CharField(max_length=20)
    by = models.CharField(max_length=150)
    at = InstantField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["mention", "head"], name="label_of_mention_and_head")
        ]
        indexes = [models.Index(fields=["at"], name="label_at")]


class Refit(models.Model):
    """A wish that the model be fitted anew, by a person or by the night; and what came of it."""

    asked_at = InstantField()
    asked_by = models.CharField(max_length=150, default="")
    begun_at = InstantField(null=True)
    done_at = InstantField(null=True)
    said = models.CharField(max_length=20, default="")


class Version(models.Model):
    """What the labels of one language taught: a table of weights, and how it did on held-back labels.

    `state`: waiting (not shown better, so not in use), in_use (one a language), before (was in use).
    `figures`: by head {labels, frozen, used, fresh, gained, lost, chance, low, high, is_kept}, accuracies
    0-1 on labels that had been held back. `curve`: [[labels, accuracy], ...] of polarity.
    """

    class State(models.TextChoices):
        """Whether it is read with."""

        WAITING = "waiting"
        IN_USE = "in_use"
        BEFORE = "before"

    language = models.CharField(max_length=16)
    made_at = InstantField()
    labels = models.PositiveIntegerField()
    table = models.BinaryField()
    figures = models.JSONField(default=dict)
    curve = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    used_at = InstantField(null=True)
    used_by = models.CharField(max_length=150, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["language"],
                condition=models.Q(state="in_use"),
                name="one_version_in_use",
            )
        ]


class Cluster(models.Model):
    """Negative messages without a theme that are about something like the same, for a person to name.

    `words`: the most typical words; `examples`: ids of the most typical mentions, of which there are
    `size`. `state`: open, named (`theme` is its key), left (nothing worth a theme).
    """

    class State(models.TextChoices):
        """What a person has made of it."""

        OPEN = "open"
        NAMED = "named"
        LEFT = "left"

    language = models.CharField(max_length=16)
    made_at = InstantField()
    size = models.PositiveIntegerField()
    words = models.JSONField(default=list)
    examples = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    theme = models.CharField(max_length=100, default="")
    decided_by = models.CharField(max_length=150, default="")
    decided_at = InstantField(null=True)
