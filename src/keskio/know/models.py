"""Tables of the room: customers, the ledger of their identities, and the history of their consents.

Written set-wise by `ledger`, `absorbing` and `actions`; the models are there for migrations and pages. The
hot paths read one row a customer: traits and consents in force stand on it as JSON text.
"""

from __future__ import annotations

from django.db import models

from keskio.kernel.fields import InstantField


class Customer(models.Model):
    """A person or an organisation, known or still anonymous; one record, many identities.

    A customer merged into another keeps its row and its events; `merged_into_id` leads in one
    step to the customer that it is now.
    """

    created_at = InstantField()
    known_at = InstantField(null=True)
    merged_into_id = models.BigIntegerField(null=True)
    name = models.CharField(max_length=200, default="")
    email = models.CharField(max_length=254, default="")
    phone = models.CharField(max_length=20, default="")
    language = models.CharField(max_length=10, default="")
    zone = models.CharField(max_length=64, default="")
    search = models.TextField(default="")
    traits = models.TextField(default="{}")
    trait_times = models.TextField(default="{}")
    consents = models.TextField(default="{}")
    # Since when nothing may be done with the customer's data but to keep them; who is forgotten.
    restricted_at = InstantField(null=True)
    erased_at = InstantField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["merged_into_id"],
                name="customer_merged_into",
                condition=models.Q(merged_into_id__isnull=False),
            ),
            models.Index(
                fields=["id"],
                name="customer_known",
                condition=models.Q(known_at__isnull=False, merged_into_id__isnull=True),
            ),
            models.Index(fields=["search"], name="customer_search", condition=~models.Q(search="")),
        ]

    def __str__(self) -> str:
        return self.name or self.email or self.phone or f"#{self.pk}"


class Link(models.Model):
    """A line of the identity ledger: this identifier is this customer's, says this source.

    Lines are added and never changed or taken away; only `ended_at` may be set, once. A refused
    line says why in `refused` and ends when it begins. At most one line of an identifier is in
    force at a time: those lines are the lookup. A line that nobody trusted vouches for
    (`is_proven` false: an address that a browser told) yields to one that is proven.
    `record_id` is the record that had the identifier before it was merged away; NULL: none other.
    """

    type = models.CharField(max_length=40)
    value = models.CharField(max_length=500)
    customer_id = models.BigIntegerField()
    record_id = models.BigIntegerField(null=True)
    at = InstantField()
    source_id = models.BigIntegerField()
    message_id = models.CharField(max_length=200, default="")
    is_proven = models.BooleanField(default=True)
    merge_id = models.BigIntegerField(null=True)
    ended_at = InstantField(null=True)
    refused = models.CharField(max_length=40, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["type", "value"],
                name="link_in_force",
                condition=models.Q(ended_at__isnull=True),
            ),
            models.UniqueConstraint(
                fields=["customer_id", "type", "value", "refused"],
                name="link_refused_once",
                condition=~models.Q(refused=""),
            ),
        ]
        indexes = [models.Index(fields=["customer_id"], name="link_of_customer")]


class Merge(models.Model):
    """Two records turned out to be one customer; the ledger's lines that it moved carry its id.

    Both were customers in their own right until then. Merges not undone make a tree whose root is the
    customer of today. `cause`: by the rules, by staff (`actor`), from a list of doubts. `register_id` is
    the last line that the register of consents had then: it says what came before the merge.
    """

    customer_id = models.BigIntegerField()
    into_id = models.BigIntegerField()
    at = InstantField()
    source_id = models.BigIntegerField()
    message_id = models.CharField(max_length=200, default="")
    undone_at = InstantField(null=True)
    cause = models.CharField(max_length=20, default="rules")
    actor = models.CharField(max_length=150, default="")
    undone_by = models.CharField(max_length=150, default="")
    register_id = models.BigIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["customer_id"], name="merge_of_customer"),
            models.Index(fields=["into_id"], name="merge_into"),
        ]


class LedgerMark(models.Model):
    """One row: `mark` changes whenever an identifier becomes another customer's, `rules` with the rules."""

    mark = models.BigIntegerField()
    rules = models.BigIntegerField(default=0)


class IdentifierRule(models.Model):
    """The rule of a type of identifiers that an administrator has changed; as `rules.Rule`."""

    type = models.CharField(max_length=40, unique=True)
    priority = models.SmallIntegerField()
    allowed = models.IntegerField()
    ever = models.BooleanField(default=False)
    blocked = models.TextField(default="")
    shared = models.TextField(default="")
    is_unique = models.BooleanField(default=True)
    is_proven_only = models.BooleanField(default=False)
    legal_basis = models.CharField(max_length=300, default="")


class Apart(models.Model):
    """Two records that somebody has said are two people: they are never joined by rules again.

    A row each way. The customers are those that the records are now.
    """

    record_id = models.BigIntegerField()
    other_id = models.BigIntegerField()
    customer_id = models.BigIntegerField()
    other_customer_id = models.BigIntegerField()
    at = InstantField()
    actor = models.CharField(max_length=150, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record_id", "other_id"], name="apart_once")]
        indexes = [
            models.Index(fields=["customer_id"], name="apart_of_customer"),
            models.Index(fields=["other_customer_id"], name="apart_from_customer"),
        ]


class Doubt(models.Model):
    """Two records that share an identifier, which the rules leave to a person; asked once."""

    class State(models.TextChoices):
        """What has been decided."""

        OPEN = "open"
        MERGED = "merged"
        APART = "apart"

    one_id = models.BigIntegerField()
    other_id = models.BigIntegerField()
    type = models.CharField(max_length=40)
    value = models.CharField(max_length=500)
    reason = models.CharField(max_length=40)
    at = InstantField()
    source_id = models.BigIntegerField()
    message_id = models.CharField(max_length=200, default="")
    state = models.CharField(max_length=10, choices=State.choices, default="open")
    decided_at = InstantField(null=True)
    decided_by = models.CharField(max_length=150, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["one_id", "other_id"], name="doubt_once")]
        indexes = [models.Index(fields=["id"], name="doubt_open", condition=models.Q(state="open"))]


class Consent(models.Model):
    """A line of the consent register: state of a purpose in a channel from this moment on.

    Lines are only added. Purpose "*" speaks of all purposes in the channel: withdrawn means
    stopped (STOP), given means that the stop was lifted. `record_id` as in the ledger of
    identities. Given consents may end by themselves at `expires_at`.
    """

    customer_id = models.BigIntegerField()
    record_id = models.BigIntegerField(null=True)
    purpose = models.CharField(max_length=40)
    channel = models.CharField(max_length=20)
    state = models.CharField(max_length=20)
    at = InstantField()
    source = models.CharField(max_length=100)
    cause = models.CharField(max_length=40)
    actor = models.CharField(max_length=150, default="")
    text_version = models.CharField(max_length=100, default="")
    proof = models.TextField(default="")
    expires_at = InstantField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["customer_id", "id"], name="consent_of_customer"),
            models.Index(
                fields=["expires_at"],
                name="consent_ending",
                condition=models.Q(expires_at__isnull=False),
            ),
        ]
