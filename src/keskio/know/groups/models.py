"""Tables of the wing: groups and who belongs to them.

Members are kept by record: whoever a record has been merged into is the member, and un-merging changes
nothing here.
"""

from __future__ import annotations

from django.db import models

from keskio.kernel.fields import InstantField


class Group(models.Model):
    """A household or an organisation. `key`: what sources call it (`groupId`); "" made by hand."""

    kind = models.CharField(max_length=20)
    name = models.CharField(max_length=200, default="")
    key = models.CharField(max_length=500, default="")
    business_id = models.CharField(max_length=9, default="")
    traits = models.TextField(default="{}")
    trait_times = models.TextField(default="{}")
    search = models.TextField(default="")
    created_at = InstantField()
    updated_at = InstantField()
    source_id = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key"], name="group_key", condition=~models.Q(key="")),
            models.UniqueConstraint(
                fields=["business_id"],
                name="group_business_id",
                condition=~models.Q(business_id=""),
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.key or f"#{self.pk}"


class Member(models.Model):
    """A record that belongs to a group, in a role; a line that has ended stays as history."""

    group_id = models.BigIntegerField()
    record_id = models.BigIntegerField()
    role = models.CharField(max_length=30, default="member")
    since = InstantField()
    ended_at = InstantField(null=True)
    source_id = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["group_id", "record_id"],
                name="member_once",
                condition=models.Q(ended_at__isnull=True),
            )
        ]
        indexes = [models.Index(fields=["record_id"], name="member_of_record")]
