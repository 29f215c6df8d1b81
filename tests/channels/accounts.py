"""Accounts for tests."""

from __future__ import annotations

from typing import Any

from keskio.channels.contracts import Account, Limits, Outgoing, Secrets
from keskio.channels.registry import provider_of


def account_of(provider: str, *, id: int = 1, inbound_url: str = "", **given: Any) -> Account:  # noqa: A002
    """Return an account of a provider with its defaults and what is given."""
    kind = provider_of(provider)
    values = {field.name: given.pop(field.name, field.default) for field in kind.settings}
    assert not given, f"no such settings: {given}"
    secret = {field.name for field in kind.settings if field.kind == "secret"}
    return Account(
        id=id,
        channel=kind.channel,
        provider=kind.key,
        name="Test",
        settings={name: value for name, value in values.items() if name not in secret},
        secrets=Secrets({name: value for name, value in values.items() if name in secret}),
        limits=Limits(concurrency=4),
        inbound_url=inbound_url,
    )


def sms(
    to: str = "+358401234567", text: str = "Hei", *, reference: str = "", message: int = 1
) -> Outgoing:
    return Outgoing(message=message, channel="sms", to=to, text=text, reference=reference)


def mail(
    to: str, *, reference: str = "", subject: str = "Syyshuolto", text: str = "Hei", html: str = ""
) -> Outgoing:
    return Outgoing(
        message=1,
        channel="email",
        to=to,
        subject=subject,
        text=text,
        html=html,
        reference=reference,
    )
