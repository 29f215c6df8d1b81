"""Tables of the desk: what people write, see and choose while they answer. Cases are the inbox's."""

from __future__ import annotations

from django.db import models
from django.utils.translation import get_language

from keskio.kernel.fields import InstantField
from keskio.kernel.i18n import in_language


class Choices(models.Model):
    """What one person has chosen for the desk; a person without a row has the defaults."""

    username = models.CharField(max_length=150, primary_key=True)
    has_keys = models.BooleanField(default=True)
    signature = models.CharField(max_length=200, default="", blank=True)


class Presence(models.Model):
    """Somebody looked at a case, or wrote there, at `seen_at`: true for a short while after it."""

    case_id = models.BigIntegerField()
    username = models.CharField(max_length=150)
    is_writing = models.BooleanField(default=False)
    seen_at = InstantField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case_id", "username"], name="presence_once")
        ]


class Draft(models.Model):
    """What a person has written to a case and not sent. `version` is the newest entry that they saw."""

    class Kind(models.TextChoices):
        """Whom it is for."""

        REPLY = "reply"
        NOTE = "note"

    case_id = models.BigIntegerField()
    customer_id = models.BigIntegerField(default=0)
    username = models.CharField(max_length=150)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    text = models.TextField()
    version = models.BigIntegerField(default=0)
    saved_at = InstantField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case_id", "username"], name="draft_of_person_once")
        ]
        indexes = [models.Index(fields=["customer_id"], name="draft_of_customer")]


class Snippet(models.Model):
    """A ready text, in its language versions: `key` is what one writes after ::."""

    key = models.SlugField(max_length=50, unique=True)
    title = models.JSONField(default=dict)
    text = models.JSONField(default=dict)
    used = models.IntegerField(default=0)
    changed_at = InstantField()
    changed_by = models.CharField(max_length=150, default="")

    def __str__(self) -> str:
        return in_language(self.title, get_language() or "") or self.key


class Macro(models.Model):
    """Several actions in one, written as a document (`macros.read_macro`)."""

    key = models.SlugField(max_length=50, unique=True)
    text = models.TextField()
    used = models.IntegerField(default=0)
    changed_at = InstantField()
    changed_by = models.CharField(max_length=150, default="")


class View(models.Model):
    """A way of looking at the inbox that somebody saved; `owner` "" is everybody's."""

    owner = models.CharField(max_length=150, default="", blank=True)
    title = models.CharField(max_length=60)
    query = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "title"], name="view_once")]


class Nudge(models.Model):
    """A colleague was mentioned in a note: it stands on their list until they have seen it."""

    case_id = models.BigIntegerField()
    entry_id = models.BigIntegerField()
    username = models.CharField(max_length=150)
    by = models.CharField(max_length=150)
    at = InstantField()
    seen_at = InstantField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entry_id", "username"], name="nudge_once")]
        indexes = [
            models.Index(
                fields=["username", "at"],
                name="nudge_unseen",
                condition=models.Q(seen_at__isnull=True),
            )
        ]


class Undo(models.Model):
    """What a person did to several cases at once, with how each stood before: so that it can be undone."""

    username = models.CharField(max_length=150)
    what = models.CharField(max_length=20)
    before = models.JSONField(default=list)
    at = InstantField()
    undone_at = InstantField(null=True)


class PastAnswer(models.Model):
    """A reply that closed a case, and what had been asked, both without personal details.

    `length` is the number of words of `asked`; `used` how many times it was taken into a reply, and
    `satisfied` how many of the cases where it was ended well.
    """

    entry_id = models.BigIntegerField(unique=True)
    case_id = models.BigIntegerField()
    customer_id = models.BigIntegerField(default=0)
    language = models.CharField(max_length=8, default="")
    themes = models.JSONField(default=list)
    asked = models.TextField()
    answer = models.TextField()
    length = models.IntegerField(default=0)
    at = InstantField()
    used = models.IntegerField(default=0)
    satisfied = models.IntegerField(default=0)
    ended = models.CharField(max_length=20, default="")
    is_hidden = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["customer_id"], name="past_answer_of_customer"),
            models.Index(fields=["case_id"], name="past_answer_of_case"),
        ]


class Word(models.Model):
    """In how many past questions a word (by its hash) stands."""

    word = models.BigIntegerField(primary_key=True)
    questions = models.IntegerField(default=0)


class Posting(models.Model):
    """How many times a word stands in what was asked before a past answer."""

    word = models.BigIntegerField()
    answer_id = models.BigIntegerField()
    times = models.IntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["word", "answer_id"], name="posting_once")]
        indexes = [models.Index(fields=["answer_id"], name="posting_of_answer")]


class Taken(models.Model):
    """A past answer was taken into a reply of a case."""

    answer_id = models.BigIntegerField()
    case_id = models.BigIntegerField()
    at = InstantField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case_id", "answer_id"], name="taken_once")]


class DeskRules(models.Model):
    """What holds for everybody who answers: one row; without it the defaults."""

    confirms_public = models.BooleanField(default=True)
    changed_by = models.CharField(max_length=150, default="")


class LanguageModel(models.Model):
    """The language model that may draft replies: one row; off until an administrator turns it on."""

    is_on = models.BooleanField(default=False)
    address = models.CharField(max_length=500, default="", blank=True)
    name = models.CharField(max_length=200, default="", blank=True)
    secret = models.CharField(max_length=500, default="", blank=True)
    timeout = models.IntegerField(default=20)
    instructions = models.TextField(default="", blank=True)
    changed_by = models.CharField(max_length=150, default="")


class Telling(models.Model):
    """What somebody has asked to be told of by e-mail; nobody is told of anything until they ask.

    `mailed_at`: when they were last written to. `trouble`: why the last letter did not leave.
    """

    username = models.CharField(max_length=150, primary_key=True)
    wants_warned = models.BooleanField(default=False)
    wants_handed_over = models.BooleanField(default=False)
    wants_rising = models.BooleanField(default=False)
    language = models.CharField(max_length=10, default="")
    mailed_at = InstantField(null=True)
    trouble = models.CharField(max_length=300, default="")


class Notice(models.Model):
    """Something that somebody is to be told of in their next letter, by the event of the log it came with."""

    username = models.CharField(max_length=150)
    event_id = models.BigIntegerField()
    what = models.CharField(max_length=40)
    told = models.JSONField(default=dict)
    at = InstantField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["username", "event_id"], name="notice_once")]
