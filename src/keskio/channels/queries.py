"""Reads of the channels' tables. Lists never load secrets; what sends or receives does."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.db.models import QuerySet

from keskio.channels import models
from keskio.channels.contracts import Account, Limits, Secrets


def accounts(*, channel: str | None = None) -> QuerySet[models.Account]:
    """Return the accounts for a page, without their secrets, in the order in which they are used."""
    found = models.Account.objects.defer("secrets")
    return found if channel is None else found.filter(channel=channel)


def account_by_id(account: int) -> Account | None:
    """Return one account with its secrets."""
    row = models.Account.objects.filter(pk=account).first()
    return None if row is None else _as_contract(row)


def account_by_token(channel: str, token: str) -> Account | None:
    """Return the account behind an inbound address, also when it is out of use.

    A customer's STOP must be heard even when nothing is sent through that account any more.
    """
    row = models.Account.objects.filter(channel=channel, inbound_token=token).first()
    return None if row is None else _as_contract(row)


def active_accounts(channel: str) -> Sequence[Account]:
    """Return the accounts of a channel that are in use; the first one sends."""
    rows = models.Account.objects.filter(channel=channel, active=True).order_by("id")
    return [_as_contract(row) for row in rows]


def sending_channels() -> list[str]:
    """Return the channels in which something can be sent now."""
    rows = models.Account.objects.filter(active=True).values_list("channel", flat=True)
    return sorted(set(rows))


def mailbox_cursor(account: int) -> tuple[int, int]:
    """Return the UIDVALIDITY and the last UID up to which an account's mailbox has been read."""
    row = (
        models.Mailbox.objects.filter(account_id=account).values_list("uid_validity", "uid").first()
    )
    return row or (0, 0)


def _as_contract(row: models.Account) -> Account:
    return Account(
        id=row.pk,
        channel=row.channel,
        provider=row.provider,
        name=row.name,
        settings=row.settings,
        secrets=Secrets(row.secrets),
        active=row.active,
        limits=Limits(concurrency=row.concurrency, per_second=row.per_second),
        inbound_token=row.inbound_token,
        inbound_url=inbound_url(row.channel, row.inbound_token),
        revision=row.revision,
    )


def inbound_url(channel: str, token: str) -> str:
    """Return the address that a provider calls with replies and reports."""
    return f"{settings.PUBLIC_URL.rstrip('/')}/in/{channel}/{token}"
