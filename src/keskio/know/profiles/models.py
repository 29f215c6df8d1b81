"""Tables of the wing: what a purchase is, fits of value, RFM versions, clusters, personas.

What is computed of customers (values, scores, clusters) stands one row a customer, written set-wise by
`computing`; the models are there for migrations and pages. Customers are referred to by number.
"""

from __future__ import annotations

from django.db import models

from keskio.kernel.fields import InstantField


class PurchaseRule(models.Model):
    """The one row that says which event is a purchase, and how value is reckoned from it.

    Percentages are as people write them: 40 is 40 %. `discount` is a year's. `property` names the
    number among the event's properties that is its value.
    """

    class Unit(models.TextChoices):
        DAY = "day"
        WEEK = "week"
        MONTH = "month"

    event = models.CharField(max_length=200, default="Order Completed")
    property = models.CharField(max_length=100, default="revenue")
    currency = models.CharField(max_length=8, default="€")
    unit = models.CharField(max_length=10, choices=Unit.choices, default=Unit.WEEK)
    margin = models.FloatField(default=100.0)
    horizon_days = models.IntegerField(default=365)
    discount = models.FloatField(default=10.0)
    is_contractual = models.BooleanField(default=False)
    changed_at = InstantField()
    changed_by = models.CharField(max_length=150, default="")


class Work(models.Model):
    """Computing that is asked for or under way; one row a kind (`value`, `rfm`, `assign`)."""

    kind = models.CharField(max_length=40, primary_key=True)
    asked_at = InstantField(null=True)
    begun_at = InstantField(null=True)
    done_at = InstantField(null=True)
    took = models.BigIntegerField(default=0)
    progress = models.SmallIntegerField(default=0)
    error = models.TextField(default="")


class ValueFit(models.Model):
    """A fit of the models of value to all histories; `outcome` is JSON: the model card."""

    made_at = InstantField()
    until_day = models.IntegerField()
    customers = models.BigIntegerField()
    outcome = models.TextField()


class CustomerValue(models.Model):
    """What the latest fit says of one customer; money is margin over the horizon, worth today.

    `low` and `high`: eight of ten such customers will lie between. `is_little`: there is too little
    history to say anything of this customer alone. `percentile` 100 is the most valuable hundredth.
    """

    customer_id = models.BigIntegerField(primary_key=True)
    fit_id = models.BigIntegerField()
    is_little = models.BooleanField()
    x = models.IntegerField()
    last_day = models.IntegerField()
    alive = models.FloatField()
    purchases = models.FloatField()
    low = models.FloatField()
    high = models.FloatField()
    middle = models.FloatField()
    percentile = models.SmallIntegerField()

    class Meta:
        indexes = [models.Index(fields=["percentile"], name="value_percentile")]


class RfmVersion(models.Model):
    """Cut points of one month, kept. `cuts`, `cells` and `movement` are JSON (see `rfm`)."""

    month = models.CharField(max_length=7, unique=True)
    made_at = InstantField()
    until_day = models.IntegerField()
    customers = models.BigIntegerField()
    cuts = models.TextField()
    cells = models.TextField()
    movement = models.TextField(default="{}")


class RfmScore(models.Model):
    """The scores of one customer under the version in force."""

    customer_id = models.BigIntegerField(primary_key=True)
    version_id = models.BigIntegerField()
    r = models.SmallIntegerField()
    f = models.SmallIntegerField()
    m = models.SmallIntegerField()
    last_day = models.IntegerField()
    times = models.IntegerField()
    total = models.FloatField()

    class Meta:
        indexes = [models.Index(fields=["r", "f"], name="rfm_cell")]


class ClusterRun(models.Model):
    """A search for clusters: what was asked (`settings`) and what was found (`outcome`), as JSON."""

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    title = models.CharField(max_length=120)
    made_at = InstantField()
    made_by = models.CharField(max_length=150, default="")
    settings = models.TextField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    progress = models.SmallIntegerField(default=0)
    begun_at = InstantField(null=True)
    ended_at = InstantField(null=True)
    outcome = models.TextField(default="")
    error = models.TextField(default="")


class ClusterModel(models.Model):
    """Clusters taken into use: scaler and centres (`document`), and what people call them (`names`).

    At most one is in use; the trait `cluster` then holds the name. Versions are numbered.
    """

    run = models.ForeignKey(ClusterRun, on_delete=models.CASCADE, related_name="models")
    version = models.IntegerField()
    document = models.TextField()
    names = models.TextField()
    saved_at = InstantField()
    saved_by = models.CharField(max_length=150, default="")
    is_in_use = models.BooleanField(default=False)


class ClusterMember(models.Model):
    """The cluster of one customer under the model in use."""

    customer_id = models.BigIntegerField(primary_key=True)
    model_id = models.BigIntegerField()
    cluster = models.SmallIntegerField()

    class Meta:
        indexes = [models.Index(fields=["cluster"], name="cluster_members")]


class Persona(models.Model):
    """A described type of customer; lists are texts of a line each.

    `link` says who match: `segment` (its key), `cluster` (its number in the model in use), or
    nobody in particular.
    """

    class Link(models.TextChoices):
        NONE = "none"
        SEGMENT = "segment"
        CLUSTER = "cluster"

    name = models.CharField(max_length=80)
    summary = models.CharField(max_length=200, blank=True, default="")
    story = models.TextField(blank=True, default="")
    motives = models.TextField(blank=True, default="")
    goals = models.TextField(blank=True, default="")
    hindrances = models.TextField(blank=True, default="")
    channels = models.TextField(blank=True, default="")
    quotes = models.TextField(blank=True, default="")
    link = models.CharField(max_length=10, choices=Link.choices, default=Link.NONE)
    linked_to = models.CharField(max_length=100, blank=True, default="")
    changed_at = InstantField()
    changed_by = models.CharField(max_length=150, default="")

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name
