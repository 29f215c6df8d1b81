"""Tables of the channels: accounts, files that came in, and how far each mailbox has been read."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from keskio.kernel.fields import InstantField
from keskio.kernel.ids import new_token


def new_inbound_token() -> str:
    """Return a new token for an inbound address."""
    return new_token()


class Account(models.Model):
    """One configured use of a provider.

    `secrets` is a column of its own so that lists and logs never load it.
    """

    channel = models.CharField(max_length=20)
    provider = models.CharField(max_length=40)
    name = models.CharField(_("Name"), max_length=100)
    settings = models.JSONField(default=dict)
    secrets = models.JSONField(default=dict)
    active = models.BooleanField(_("In use"), default=True)
    concurrency = models.PositiveSmallIntegerField(_("Calls at the same time"), default=4)
    per_second = models.FloatField(_("Messages a second"), null=True, blank=True)
    inbound_token = models.CharField(max_length=64, unique=True, default=new_inbound_token)
    revision = models.PositiveIntegerField(default=1)
    created_at = InstantField()

    class Meta:
        ordering = ["channel", "id"]

    def __str__(self) -> str:
        return f"{self.name} ({self.channel}/{self.provider})"


class KeptFile(models.Model):
    """A file that a customer has sent. It is the `number`-th of the message whose key is `message`.

    `size` is 0 for one that was not kept. What it is, is told by its first bytes (`kind`), never by
    what its sender calls it; "" is anything that no page may show.
    """

    message = models.CharField(max_length=200)
    number = models.PositiveSmallIntegerField()
    customer_id = models.BigIntegerField(db_index=True)
    name = models.CharField(max_length=250)
    kind = models.CharField(max_length=20, default="")
    size = models.PositiveIntegerField()
    body = models.BinaryField()
    at = InstantField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "number"], name="file_once")]

    def __str__(self) -> str:
        return self.name


class Mailbox(models.Model):
    """How far the folder of an account's mailbox has been read (RFC 3501: UIDVALIDITY and UID)."""

    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="+")
    uid_validity = models.BigIntegerField(default=0)
    uid = models.BigIntegerField(default=0)
