"""Tables of the inbox: cases, their entries and clocks, and what targets and calendars say.

Times are microseconds (`InstantField`); spans are whole microseconds in BIGINT columns. The list is an
index walk: everything that a row of it shows stands in `Case` itself.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language, pgettext_lazy

from keskio.kernel.fields import InstantField
from keskio.kernel.i18n import in_language
from keskio.respond.inbox import contracts


class Case(models.Model):
    """A conversation or problem to be put right.

    `place` is the list it stands in and `sort_at` its place there: in work and snoozed by the next
    deadline, closed by the newest first. `due_at` and `due_kind` are the deadline that comes first.
    `look_at`: when the inbox must look at it by itself (to warn, hand over, or wake it). `version` goes
    up with every change, so that of two who change it at once the second one is told.
    `thread`: what further messages are recognised by (`email:…`, `social:…`, `chat:…`).
    `address` is whom an answer goes to, `reply_to` the other side's id of the message answered.
    `source_kind`, `source_ref`: what it was opened for; opened once for each.
    `clocks` is JSON: how the engine's clocks stand (`clockwork.Kept`).
    """

    class State(models.TextChoices):
        """Where a case stands."""

        NEW = contracts.NEW, pgettext_lazy("case", "New")
        OPEN = contracts.OPEN, pgettext_lazy("case", "In progress")
        WAITING = contracts.WAITING, pgettext_lazy("case", "Waiting for the customer")
        SNOOZED = contracts.SNOOZED, pgettext_lazy("case", "Snoozed")
        CLOSED = contracts.CLOSED, pgettext_lazy("case", "Closed")

    class Kind(models.TextChoices):
        """What a case is about."""

        COMPLAINT = contracts.COMPLAINT, pgettext_lazy("case", "Complaint")
        QUESTION = contracts.QUESTION, pgettext_lazy("case", "Question")
        REQUEST = contracts.REQUEST, pgettext_lazy("case", "Request")
        PRAISE = contracts.PRAISE, pgettext_lazy("case", "Thanks")
        OTHER = contracts.OTHER, pgettext_lazy("case", "Other")

    class Severity(models.IntegerChoices):
        """How bad it is for the customer."""

        MINOR = contracts.MINOR, pgettext_lazy("severity", "Minor")
        NORMAL = contracts.NORMAL, pgettext_lazy("severity", "Normal")
        SERIOUS = contracts.SERIOUS, pgettext_lazy("severity", "Serious")
        CRITICAL = contracts.CRITICAL, pgettext_lazy("severity", "Critical")

    customer_id = models.BigIntegerField(default=0)
    name = models.CharField(max_length=200, default="")
    channel = models.CharField(max_length=20)
    network = models.CharField(max_length=20, default="")
    kind = models.CharField(max_length=20, choices=Kind.choices, default=Kind.OTHER)
    severity = models.SmallIntegerField(choices=Severity.choices, default=Severity.NORMAL)
    subject = models.CharField(max_length=300, default="")
    themes = models.JSONField(default=list)
    language = models.CharField(max_length=10, default="")
    state = models.CharField(max_length=10, choices=State.choices, default=State.NEW)
    queue = models.CharField(max_length=100, default="")
    assignee = models.CharField(max_length=150, default="")
    thread = models.CharField(max_length=300, default="")
    address = models.CharField(max_length=300, default="")
    reply_to = models.CharField(max_length=500, default="")
    url = models.CharField(max_length=500, default="")
    source_kind = models.CharField(max_length=20, default="")
    source_ref = models.CharField(max_length=100, default="")

    opened_at = InstantField()
    opened_by = models.CharField(max_length=150, default="")
    changed_at = InstantField()
    closed_at = InstantField(null=True)
    closed_by = models.CharField(max_length=150, default="")
    snoozed_until = InstantField(null=True)
    merged_into = models.BigIntegerField(null=True)
    split_from = models.BigIntegerField(null=True)

    place = models.SmallIntegerField(default=contracts.ACTIVE)
    sort_at = models.BigIntegerField(default=0)
    target_id = models.BigIntegerField(null=True)
    due_at = InstantField(null=True)
    due_kind = models.CharField(max_length=10, default="")
    warn_at = InstantField(null=True)
    look_at = InstantField(null=True)
    is_warned = models.BooleanField(default=False)
    is_handed_over = models.BooleanField(default=False)
    unanswered_since = InstantField(null=True)
    first_answered_at = InstantField(null=True)

    preview = models.CharField(max_length=200, default="")
    preview_by = models.CharField(max_length=10, default="")
    last_at = InstantField()
    entry_count = models.IntegerField(default=0)
    unread_count = models.IntegerField(default=0)
    version = models.IntegerField(default=1)
    clocks = models.TextField(default="")

    class Meta:
        indexes = [
            models.Index(fields=["place", "sort_at", "id"], name="case_list"),
            models.Index(fields=["queue", "place", "sort_at", "id"], name="case_of_queue"),
            # Not partial: SQLite cannot tell that a parameter is not the empty text.
            models.Index(fields=["assignee", "place", "sort_at", "id"], name="case_of_assignee"),
            models.Index(fields=["customer_id", "id"], name="case_of_customer"),
            models.Index(fields=["thread", "id"], name="case_of_thread"),
            models.Index(fields=["source_ref", "source_kind"], name="case_of_source"),
            models.Index(
                fields=["merged_into"],
                name="case_merged",
                condition=Q(merged_into__isnull=False),
            ),
            models.Index(
                fields=["look_at"], name="case_to_look_at", condition=Q(look_at__isnull=False)
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["source_kind", "source_ref"],
                name="case_of_source_once",
                condition=~Q(source_ref=""),
            )
        ]

    def __str__(self) -> str:
        return self.subject or self.preview or f"#{self.pk}"

    @property
    def is_open(self) -> bool:
        """Tell whether it is still to be put right."""
        return self.state != contracts.CLOSED


class Entry(models.Model):
    """One message, note or happening in a case.

    `number` counts the entries of a case from 1. `is_public`: the other side sees it; of an answer in a
    public channel `is_open_to_all` says that everybody does. `what` and `told` are an event's name (as
    `assigned`) and its values.
    `event_id`: the event of the log that it was made of. `mention_id`: the mention whose words it holds.
    `message_id`: its row in the ledger.
    """

    class Kind(models.TextChoices):
        """What an entry is."""

        IN = contracts.IN, pgettext_lazy("entry", "From the customer")
        OUT = contracts.OUT, pgettext_lazy("entry", "Answer")
        NOTE = contracts.NOTE, pgettext_lazy("entry", "Internal note")
        EVENT = contracts.EVENT, pgettext_lazy("entry", "Event")

    class Author(models.TextChoices):
        """Who wrote an entry."""

        CUSTOMER = contracts.CUSTOMER, pgettext_lazy("author", "Customer")
        AGENT = contracts.AGENT, pgettext_lazy("author", "Person")
        BOT = contracts.BOT, pgettext_lazy("author", "Automatic")

    # Erasure deletes set-wise, table by table; what becomes of entries is said in `holdings`.
    case = models.ForeignKey(
        Case, on_delete=models.CASCADE, related_name="entries", db_constraint=False
    )
    customer_id = models.BigIntegerField(default=0)
    number = models.IntegerField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    author = models.CharField(max_length=10, choices=Author.choices)
    by = models.CharField(max_length=200, default="")
    is_public = models.BooleanField(default=False)
    is_open_to_all = models.BooleanField(default=False)
    channel = models.CharField(max_length=20, default="")
    text = models.TextField(default="")
    what = models.CharField(max_length=30, default="")
    told = models.JSONField(default=dict)
    at = InstantField()
    attachments = models.JSONField(default=list)
    in_reply_to = models.CharField(max_length=500, default="")
    source_id = models.CharField(max_length=500, default="")
    event_id = models.BigIntegerField(null=True)
    mention_id = models.BigIntegerField(null=True)
    message_id = models.BigIntegerField(null=True)
    sending = models.CharField(max_length=10, default="")
    reason = models.CharField(max_length=300, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "number"], name="entry_number_once"),
            models.UniqueConstraint(
                fields=["event_id"], name="entry_of_event_once", condition=Q(event_id__isnull=False)
            ),
        ]
        indexes = [
            models.Index(fields=["customer_id", "id"], name="entry_of_customer"),
            models.Index(
                fields=["message_id"],
                name="entry_of_message",
                condition=Q(message_id__isnull=False),
            ),
            models.Index(
                fields=["mention_id"],
                name="entry_of_mention",
                condition=Q(mention_id__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}/{self.number}"


class CaseWords(models.Model):
    """The words by which a case is found, with spaces between; see `finding`.

    On PostgreSQL the column is a tsvector; on SQLite triggers keep the index `inbox_casewords_index`.
    """

    case_id = models.BigIntegerField(primary_key=True)
    customer_id = models.BigIntegerField(default=0)
    words = models.TextField(default="")

    class Meta:
        indexes = [models.Index(fields=["customer_id"], name="case_words_of_customer")]

    def __str__(self) -> str:
        return f"#{self.case_id}"


class Timing(models.Model):
    """One run of one clock of a case: from when, until when, and how long.

    `clock` is first, next or resolution; runs of a case are counted by `number`. `working` (time)
    and `calendar` are microseconds until it stopped (none: it runs). `due_at`: none where no target was
    set, or where it stands still.
    """

    case = models.ForeignKey(
        Case, on_delete=models.CASCADE, related_name="timings", db_constraint=False
    )
    clock = models.CharField(max_length=10)
    number = models.SmallIntegerField()
    channel = models.CharField(max_length=20)
    queue = models.CharField(max_length=100, default="")
    started_at = InstantField()
    due_at = InstantField(null=True)
    stopped_at = InstantField(null=True)
    working = models.BigIntegerField(null=True)
    calendar = models.BigIntegerField(null=True)
    is_dropped = models.BooleanField(default=False)
    has_target = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "clock", "number"], name="timing_once")
        ]
        indexes = [models.Index(fields=["started_at"], name="timing_started")]


class Calendar(models.Model):
    """When people work: periods of each weekday, public holidays of a country, extra days off.

    `weekly` has seven lists, Monday first, of ["09:00", "17:00"]; a period may end after midnight
    (["22:00", "02:00"]). `days_off` are days as 2026-12-24. `country` is an ISO 3166 code, "" for none.
    """

    key = models.SlugField(max_length=60, unique=True)
    title = models.JSONField(default=dict)
    zone = models.CharField(max_length=60, default="Europe/Helsinki")
    country = models.CharField(max_length=2, default="FI")
    weekly = models.JSONField(default=list)
    days_off = models.JSONField(default=list)

    def __str__(self) -> str:
        return in_language(self.title, get_language() or "") or self.key


class Target(models.Model):
    """A response-time target: minutes of working time, by channel and kind ("" is for all).

    The most telling that fits a case is its: channel and kind, then kind, then channel, then all; of
    equals the first by `position`. None: no target for that clock. `warn_percent`: at which part of
    the time the assignee is reminded. `is_frozen_waiting`: the resolution clock stands still while the
    customer is waited for.
    """

    title = models.JSONField(default=dict)
    position = models.IntegerField(default=0)
    channel = models.CharField(max_length=20, default="")
    kind = models.CharField(max_length=20, default="")
    first_minutes = models.IntegerField(null=True)
    next_minutes = models.IntegerField(null=True)
    resolution_minutes = models.IntegerField(null=True)
    calendar = models.ForeignKey(Calendar, on_delete=models.PROTECT, related_name="+")
    warn_percent = models.SmallIntegerField(default=75)
    is_frozen_waiting = models.BooleanField(default=True)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return in_language(self.title, get_language() or "") or f"#{self.pk}"


class Queue(models.Model):
    """Where cases come, and what happens to those that are late.

    New cases go to the first queue by `position` whose `channels`, `kinds` and `themes` fit (an empty
    list fits everything). After a missed deadline a case goes to `next_queue`, and to `lead` where one
    is named. Who works for a queue stands in the seats of the room (`respond.Seat`).
    """

    key = models.SlugField(max_length=60, unique=True)
    title = models.JSONField(default=dict)
    position = models.IntegerField(default=0)
    channels = models.JSONField(default=list)
    kinds = models.JSONField(default=list)
    themes = models.JSONField(default=list)
    next_queue = models.CharField(max_length=100, default="")
    lead = models.CharField(max_length=150, default="")
    changed_at = InstantField(null=True)
    changed_by = models.CharField(max_length=150, default="")

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return in_language(self.title, get_language() or "") or self.key


class Rules(models.Model):
    """When what is heard becomes a case, as JSON of `contracts.OpeningRules`; the newest row is in force."""

    document = models.JSONField(default=dict)
    changed_at = InstantField()
    changed_by = models.CharField(max_length=150, default="")


class ChatSettings(models.Model):
    """How the web chat looks and where it may stand, as JSON of `contracts.ChatRules`.

    The newest row is in force; none: the defaults.
    """

    document = models.JSONField(default=dict)
    changed_at = InstantField()
    changed_by = models.CharField(max_length=150, default="")
