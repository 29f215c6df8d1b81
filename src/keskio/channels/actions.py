"""Writes to the channels' tables."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from keskio.channels import models
from keskio.channels.contracts import Limits, Provider
from keskio.channels.registry import provider_of
from keskio.kernel.clock import now
from keskio.kernel.errors import Mistake


def add_account(
    *,
    provider: str,
    name: str,
    settings: Mapping[str, str],
    secrets: Mapping[str, str] | None = None,
    limits: Limits = Limits(concurrency=4),  # noqa: B008 - frozen
    active: bool = True,
) -> int:
    """Store a new account and return its id.

    Raises Mistake when the provider does not exist or a required setting is missing.
    """
    kind = provider_of(provider)
    shown, hidden = _checked(kind, settings, secrets or {})
    row = models.Account.objects.create(
        channel=kind.channel,
        provider=kind.key,
        name=name,
        settings=shown,
        secrets=hidden,
        active=active,
        concurrency=limits.concurrency,
        per_second=limits.per_second,
        created_at=now(),
    )
    return int(row.pk)


def change_account(
    account: int,
    *,
    name: str,
    settings: Mapping[str, str],
    secrets: Mapping[str, str],
    limits: Limits,
    active: bool,
) -> None:
    """Change an account; a secret that is given empty stays as it was.

    Raises Mistake when a required setting is missing.
    """
    with transaction.atomic():
        row = models.Account.objects.select_for_update().get(pk=account)
        kept = {**row.secrets, **{key: value for key, value in secrets.items() if value}}
        row.settings, row.secrets = _checked(provider_of(row.provider), settings, kept)
        row.name, row.active = name, active
        row.concurrency, row.per_second = limits.concurrency, limits.per_second
        row.revision += 1
        row.save()


def move_mailbox(account: int, *, uid_validity: int, uid: int) -> None:
    """Record that a mailbox has been read up to and including `uid`."""
    models.Mailbox.objects.update_or_create(
        account_id=account, defaults={"uid_validity": uid_validity, "uid": uid}
    )


def _checked(
    provider: Provider, settings: Mapping[str, str], secrets: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    shown: dict[str, str] = {}
    hidden: dict[str, str] = {}
    for field in provider.settings:
        given = secrets if field.kind == "secret" else settings
        value = str(given.get(field.name, "") or field.default).strip()
        if field.required and not value:
            raise Mistake(f"The setting {field.name!r} of {provider.key!r} is missing.")
        (hidden if field.kind == "secret" else shown)[field.name] = value
    return shown, hidden
