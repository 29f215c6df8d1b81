"""Tables: what was heard and what was read in it."""

from __future__ import annotations

from django.db import models

from keskio.kernel.fields import InstantField

UNREAD, READ, FAILED, WITHOUT_TEXT = "unread", "read", "failed", "gone"


class Mention(models.Model):
    """One message that a source found, and what the pipeline read in it.

    `state`: unread, read, failed (the reader could not), gone (its text has been taken away; `gone_why`
    says why, and the row stays so that the same message does not come in again). `author` is the handle,
    kept only as the policy says; `author_key` is a keyed hash of the account and always there. `is_told`:
    the log has been told of it once. `near_of`: the first mention of nearly the same text, 0 for none.
    """

    source = models.CharField(max_length=100)
    source_id = models.CharField(max_length=400)
    channel = models.CharField(max_length=20, default="")
    is_private = models.BooleanField(default=False)
    author = models.CharField(max_length=200, default="")
    author_key = models.CharField(max_length=64, default="")
    customer_id = models.BigIntegerField(default=0)
    title = models.TextField(default="")
    text = models.TextField(default="")
    url = models.TextField(default="")
    language_hint = models.CharField(max_length=16, default="")
    language = models.CharField(max_length=16, default="")
    thread = models.CharField(max_length=400, default="")
    parent = models.CharField(max_length=400, default="")
    at = InstantField()
    collected_at = InstantField()
    reach = models.BigIntegerField(default=0)
    reposts = models.BigIntegerField(default=0)
    rating = models.FloatField(null=True)
    extra = models.JSONField(default=dict)
    state = models.CharField(max_length=10, default=UNREAD)
    read_at = InstantField(null=True)
    is_match = models.BooleanField(default=False)
    negative = models.FloatField(default=0.0)
    polarity = models.FloatField(default=0.0)
    emotions = models.JSONField(default=dict)
    themes = models.JSONField(default=dict)
    side = models.CharField(max_length=12, default="")
    motive = models.CharField(max_length=20, default="")
    urgency = models.FloatField(default=0.0)
    evidence = models.JSONField(default=list)
    read_with = models.CharField(max_length=200, default="")
    fingerprint = models.BigIntegerField(default=0)
    near_of = models.BigIntegerField(default=0)
    is_told = models.BooleanField(default=False)
    gone_why = models.CharField(max_length=20, default="")
    gone_at = InstantField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "source_id"], name="mention_of_source")
        ]
        indexes = [
            models.Index(fields=["id"], name="mention_unread", condition=models.Q(state=UNREAD)),
            models.Index(fields=["-at", "-id"], name="mention_by_time"),
            models.Index(
                fields=["-urgency", "-id"],
                name="mention_urgent",
                condition=models.Q(is_match=True),
            ),
            models.Index(fields=["author_key", "at"], name="mention_of_author"),
            models.Index(
                fields=["customer_id", "at"],
                name="mention_of_customer",
                condition=models.Q(customer_id__gt=0),
            ),
            models.Index(fields=["thread"], name="mention_of_thread"),
        ]


class MentionTheme(models.Model):
    """One theme of one mention, beside the mention's own mapping: for counting many at once."""

    mention = models.ForeignKey(Mention, on_delete=models.CASCADE, related_name="theme_rows")
    theme = models.CharField(max_length=100)
    weight = models.FloatField()
    at = InstantField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["mention", "theme"], name="mention_theme_once")
        ]
        indexes = [models.Index(fields=["theme", "at"], name="mention_theme_at")]


class MentionEmotion(models.Model):
    """One emotion that is felt in one mention (0.5 or more), for counting many at once."""

    mention = models.ForeignKey(Mention, on_delete=models.CASCADE, related_name="emotion_rows")
    emotion = models.CharField(max_length=20)
    weight = models.FloatField()
    at = InstantField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["mention", "emotion"], name="mention_emotion_once")
        ]
        indexes = [models.Index(fields=["emotion", "at"], name="mention_emotion_at")]


class Policy(models.Model):
    """How long texts are kept and whether handles are: one row."""

    keep_days = models.PositiveIntegerField(default=365)
    keep_others_days = models.PositiveIntegerField(default=30)
    handles = models.CharField(max_length=10, default="hashed")
    basis = models.TextField(default="")
    changed_at = InstantField(null=True)
    changed_by = models.CharField(max_length=150, default="")


class Reread(models.Model):
    """A wish to read again what came after `since`, as lists or models have changed; and how far it is."""

    asked_at = InstantField()
    asked_by = models.CharField(max_length=150)
    since = InstantField()
    reached = models.BigIntegerField(default=0)
    read = models.BigIntegerField(default=0)
    done_at = InstantField(null=True)


class WriterDecision(models.Model):
    """What a person has decided about an account: whose it is, or how what it writes should be taken.

    The latest decision of an account is in force; `kind` "" and customer 0 take an earlier one back.
    """

    author_key = models.CharField(max_length=64)
    kind = models.CharField(max_length=12, default="")
    customer_id = models.BigIntegerField(default=0)
    why = models.TextField(default="")
    decided_by = models.CharField(max_length=150)
    decided_at = InstantField()

    class Meta:
        indexes = [
            models.Index(fields=["author_key", "-id"], name="writer_decision_latest"),
            models.Index(fields=["customer_id"], name="writer_decision_of_customer"),
        ]


class StepDay(models.Model):
    """How many messages a step of the pipeline has had on one day (UTC), how many passed on, in what time."""

    day = models.PositiveIntegerField()
    step = models.CharField(max_length=20)
    messages = models.PositiveBigIntegerField(default=0)
    passed = models.PositiveBigIntegerField(default=0)
    micros = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "step"], name="step_day_once")]
