"""Tables of the dialogues.

Enrolments, messages, decisions and tallies are written set-wise by the runner and the senders; the
models are there for migrations and pages. Customers are referred to by number: these are hot tables.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from keskio.kernel.fields import InstantField


class Dialogue(models.Model):
    """A dialogue by its key; what runs is one of its versions."""

    class State(models.TextChoices):
        """Whether new customers come in (live) and those inside go on (live, closed)."""

        LIVE = "live"
        PAUSED = "paused"
        CLOSED = "closed"

    key = models.CharField(max_length=100, unique=True)
    title = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.LIVE)
    live_version = models.ForeignKey(
        "Version", null=True, on_delete=models.PROTECT, related_name="+"
    )
    changed_at = InstantField()


class Version(models.Model):
    """One published version: an immutable document. `launched_at`: when its audience was brought in."""

    dialogue = models.ForeignKey(Dialogue, on_delete=models.CASCADE, related_name="versions")
    number = models.IntegerField()
    document = models.TextField()
    variables = models.JSONField(default=dict)
    published_at = InstantField()
    published_by = models.CharField(max_length=150, default="")
    launches_at = InstantField(null=True)
    launched_at = InstantField(null=True)
    launched_to = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dialogue", "number"], name="version_number_once")
        ]


class Enrolment(models.Model):
    """One customer (and object) inside one dialogue.

    `state` is the engine's own record; the columns beside it are what pages and the runner ask by.
    `closed` is 0 while it is open and its own number afterwards: one index finds a customer's
    enrolments and keeps two from being open for one object. `record_id` is whose it was before that
    customer was merged into another (none: nobody else's).
    """

    class Status(models.IntegerChoices):
        """Where an enrolment can be: the books balance over these."""

        WAITING = 0
        ENDED = 1
        EXITED = 2
        ERROR = 3

    dialogue_id = models.BigIntegerField()
    version_id = models.BigIntegerField()
    customer_id = models.BigIntegerField()
    record_id = models.BigIntegerField(null=True)
    object_key = models.CharField(max_length=200, default="")
    closed = models.BigIntegerField(default=0)
    status = models.SmallIntegerField(choices=Status.choices)
    step = models.CharField(max_length=100)
    outcome = models.CharField(max_length=200, default="")
    entered_at = InstantField()
    changed_at = InstantField()
    due_at = InstantField(null=True)
    state = models.BinaryField()

    class Meta:
        indexes = [
            models.Index(
                fields=["due_at"], name="enrolment_due", condition=Q(due_at__isnull=False)
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["customer_id", "dialogue_id", "object_key", "closed"],
                name="enrolment_open_once",
            )
        ]


class Merged(models.Model):
    """Under which number what is told of a record is taken, as far as the runner has read the log.

    Written when the runner takes a merge or its undoing, for both sides; so a record that is a customer
    of its own may stand here too.
    """

    record_id = models.BigIntegerField(primary_key=True)
    customer_id = models.BigIntegerField(db_index=True)


class Aside(models.Model):
    """An enrolment that ended because the same person's other one goes on; `state` opens it again."""

    enrolment_id = models.BigIntegerField(primary_key=True)
    by_id = models.BigIntegerField()
    customer_id = models.BigIntegerField(db_index=True)
    at = InstantField()
    state = models.BinaryField()


class Message(models.Model):
    """The ledger: one row a message, claimed before anything is handed over.

    The unique pair (enrolment, visit) is what makes each message go at most once. `why` is JSON: what
    allowed it. `content` is JSON: what the template needs beside the customer; after hand-over also
    the text as it went. `urgency` 0 leaves before 1 before 2: an answer does not queue behind a
    campaign.
    """

    class State(models.TextChoices):
        """What is known of the message."""

        CLAIMED = "claimed"
        HANDING = "handing"
        SENT = "sent"
        DELIVERED = "delivered"
        BOUNCED = "bounced"
        FAILED = "failed"
        UNKNOWN = "unknown"
        WITHDRAWN = "withdrawn"

    enrolment_id = models.BigIntegerField()
    visit = models.IntegerField()
    customer_id = models.BigIntegerField()
    version_id = models.BigIntegerField()
    step = models.CharField(max_length=100)
    channel = models.CharField(max_length=20)
    purpose = models.CharField(max_length=20)
    pressure = models.CharField(max_length=20)
    urgency = models.SmallIntegerField(default=0)
    state = models.CharField(max_length=10, choices=State.choices)
    reason = models.CharField(max_length=200, default="")
    claimed_at = InstantField()
    handed_at = InstantField(null=True)
    settled_at = InstantField(null=True)
    valid_until = InstantField(null=True)
    handed_by = models.CharField(max_length=60, default="")
    attempts = models.SmallIntegerField(default=0)
    provider_id = models.CharField(max_length=200, default="")
    why = models.TextField(default="{}")
    content = models.TextField(default="{}")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["enrolment_id", "visit"], name="message_once")
        ]
        indexes = [
            models.Index(fields=["customer_id", "claimed_at"], name="message_of_customer"),
            models.Index(
                fields=["channel", "urgency", "id"],
                name="message_to_hand",
                condition=Q(state__in=["claimed", "handing", "unknown"]),
            ),
        ]


class Decision(models.Model):
    """A silence explained: a message held or dropped, an answer that changed nothing, a way out."""

    at = InstantField()
    customer_id = models.BigIntegerField()
    enrolment_id = models.BigIntegerField()
    version_id = models.BigIntegerField()
    step = models.CharField(max_length=100)
    visit = models.IntegerField(default=0)
    verdict = models.CharField(max_length=10)
    reason = models.CharField(max_length=40)
    values = models.TextField(default="{}")

    class Meta:
        indexes = [
            models.Index(fields=["customer_id", "at"], name="decision_of_customer"),
            models.Index(fields=["version_id", "verdict", "reason"], name="decision_by_reason"),
        ]


class Tally(models.Model):
    """How many have passed a step by an outcome; kept in the same transaction as what it counts.

    Special steps: "" with outcome "entered", "moved_in", "moved_out", "ended:…", "exited:…", "error:…".
    """

    version_id = models.BigIntegerField()
    step = models.CharField(max_length=100)
    outcome = models.CharField(max_length=250)
    count = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version_id", "step", "outcome"], name="tally_once")
        ]


class Offer(models.Model):
    """Something that can be given: codes from a list or a generator, with a stock and a limit a person.

    `given` counts the codes that are reserved or used, `made` those that have been made up: with
    `secret` it makes the next one. `turn` goes up with every change of the stock, so that of two that
    change it at one time one begins anew. `valid_for`: microseconds that a code is good for.
    """

    class Kind(models.TextChoices):
        """Where the codes come from."""

        GENERATOR = "generator"
        LIST = "list"

    key = models.CharField(max_length=100, unique=True)
    title = models.JSONField(default=dict)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.GENERATOR)
    prefix = models.CharField(max_length=10, default="")
    stock = models.BigIntegerField(null=True)
    given = models.BigIntegerField(default=0)
    made = models.BigIntegerField(default=0)
    turn = models.BigIntegerField(default=0)
    secret = models.CharField(max_length=64)
    per_customer = models.IntegerField(default=1)
    valid_until = InstantField(null=True)
    valid_for = models.BigIntegerField(null=True)


class Coupon(models.Model):
    """One code. Reserved at the decision, in the same transaction as the message that carries it.

    It is the customer's for good once a message with it has left (`assigned_at`); if none has and
    none can any more, it goes back into the stock. `is_settled`: nothing is left to be found out.
    """

    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="coupons")
    code = models.CharField(max_length=40, unique=True)
    customer_id = models.BigIntegerField(null=True)
    enrolment_id = models.BigIntegerField(null=True)
    visit = models.IntegerField(null=True)
    reserved_at = InstantField(null=True)
    assigned_at = InstantField(null=True)
    valid_until = InstantField(null=True)
    redeemed_at = InstantField(null=True)
    redeemed_value = models.FloatField(null=True)
    is_settled = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["offer", "customer_id"], name="coupon_of_customer"),
            models.Index(
                fields=["offer", "id"], name="coupon_free", condition=Q(reserved_at__isnull=True)
            ),
            models.Index(
                fields=["enrolment_id"],
                name="coupon_open",
                condition=Q(reserved_at__isnull=False, is_settled=False),
            ),
        ]


class ContactRules(models.Model):
    """The company's rules of contact, as JSON of `engine.pressure.Rules`; the newest row is in force."""

    document = models.JSONField(default=dict)
    changed_at = InstantField()
    changed_by = models.CharField(max_length=150, default="")


class Fanout(models.Model):
    """One or more events of a catalogue on their way to the customers they concern.

    `things` is JSON: the events, with what they say. It begins at `starts_at`, has come to the
    customer `reached`, and has invited so many.
    """

    dialogue_id = models.BigIntegerField()
    things = models.TextField()
    starts_at = InstantField()
    reached = models.BigIntegerField(default=0)
    invited = models.BigIntegerField(default=0)
    ended_at = InstantField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["starts_at"], name="fanout_ready", condition=Q(ended_at__isnull=True)
            )
        ]


class Change(models.Model):
    """A published change that is carried out for those inside, as a plan says.

    `plan` is JSON (`migrating.Plan`). `reached` and `last` are numbers of enrolments: those up to
    `reached` have been asked to move, those after `last` came in later. `asked` counts them.
    """

    class State(models.TextChoices):
        """What is going on."""

        CARRYING = "carrying"
        DONE = "done"
        UNDOING = "undoing"
        UNDONE = "undone"

    dialogue = models.ForeignKey(Dialogue, on_delete=models.CASCADE, related_name="changes")
    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="changes")
    plan = models.TextField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.CARRYING)
    reached = models.BigIntegerField(default=0)
    last = models.BigIntegerField(default=0)
    asked = models.BigIntegerField(default=0)
    asked_at = InstantField(null=True)
    begun_at = InstantField()
    begun_by = models.CharField(max_length=150, default="")
    done_at = InstantField(null=True)
    undone_by = models.CharField(max_length=150, default="")
    undone_at = InstantField(null=True)


class Moved(models.Model):
    """What a change did with one enrolment: at most one row each.

    `before` is the state as it was, `after` as the move left it (empty: it cannot be undone).
    `reason` says why somebody stayed; `undone` is "" until an undo has come by, then "back" or the
    reason for leaving it as it is.
    """

    change_id = models.BigIntegerField()
    enrolment_id = models.BigIntegerField()
    customer_id = models.BigIntegerField()
    version_id = models.BigIntegerField()
    verdict = models.CharField(max_length=10)
    reason = models.CharField(max_length=40, default="")
    step = models.CharField(max_length=100)
    to_step = models.CharField(max_length=100)
    deadline = models.CharField(max_length=10, default="")
    at = InstantField()
    before = models.BinaryField()
    after = models.BinaryField()
    undone = models.CharField(max_length=40, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["change_id", "enrolment_id"], name="moved_once")
        ]
        indexes = [models.Index(fields=["customer_id"], name="moved_of_customer")]
