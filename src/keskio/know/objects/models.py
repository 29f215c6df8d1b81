"""Tables of the wing: kinds, objects as they are now, and who has owned them.

Written set-wise by `actions`. An object belongs to a *record*; which customer that is now is read from the
records, so that merging and un-merging customers needs nothing written here to be right.
"""

from __future__ import annotations

from django.db import models

from keskio.kernel.fields import InstantField


class Kind(models.Model):
    """A kind of objects: car, order … `fields` is a JSON array of `contracts.Field`.

    Kinds that come with Keskiö have no title of their own: they are called by words of the language.
    """

    key = models.SlugField(max_length=40, unique=True)
    title = models.CharField(max_length=80, default="")
    fields = models.TextField(default="[]")
    created_at = InstantField()

    class Meta:
        ordering = ["key"]

    def __str__(self) -> str:
        return self.title or self.key


class Object(models.Model):
    """A thing that a customer has. `properties` and `times` (when each was told) are JSON objects.

    `customer_id` is whose it was when last written; `record_id` is the record that has it, from which
    the customer of today follows. `owned_at`: when that owner was told; `told_at`: when it was told
    whether it has ended.
    """

    customer_id = models.BigIntegerField()
    record_id = models.BigIntegerField()
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=200)
    properties = models.TextField(default="{}")
    times = models.TextField(default="{}")
    created_at = InstantField()
    updated_at = InstantField()
    owned_at = InstantField()
    told_at = InstantField()
    ended_at = InstantField(null=True)
    source_id = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="object_once")]
        indexes = [
            models.Index(fields=["record_id"], name="object_of_record"),
            models.Index(fields=["customer_id"], name="object_of_customer"),
            models.Index(fields=["kind", "id"], name="object_of_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class Ownership(models.Model):
    """Whose an object was, from when until when; the one without an end has it now."""

    object_id = models.BigIntegerField()
    record_id = models.BigIntegerField()
    from_at = InstantField()
    to_at = InstantField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["object_id", "id"], name="ownership_of_object"),
            models.Index(fields=["record_id"], name="ownership_of_record"),
        ]

    def __str__(self) -> str:
        return f"{self.object_id} → {self.record_id}"
