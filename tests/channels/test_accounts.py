"""Accounts: what is stored, shown, chosen for sending."""

from __future__ import annotations

from typing import Any

import pytest

from keskio.channels import api
from keskio.channels.contracts import Limits
from keskio.channels.models import Account
from keskio.channels.registry import PROJECT_FILE, providers
from keskio.kernel.errors import Mistake

SMTP = {"host": "mail.example.com", "from_address": "a@b.fi"}


def add(name: str = "Post", **more: Any) -> int:
    return api.add_account(
        provider="smtp", name=name, settings=SMTP, secrets={"password": "hush"}, **more
    )


def test_all_built_in_providers_are_registered_by_entry_points() -> None:
    assert {key: provider.channel for key, provider in providers().items()} == {
        "smtp": "email",
        "http": "sms",
        "kannel": "sms",
        "twilio": "sms",
        "print": "letter",
        "mastodon": "social",
        "bluesky": "social",
    }
    assert PROJECT_FILE.name == "pyproject.toml"


def test_secrets_are_kept_apart_and_defaults_filled_in(db: None) -> None:
    row = Account.objects.get(pk=add())
    assert row.settings["port"] == "587"
    assert "password" not in row.settings
    assert row.secrets == {"password": "hush", "imap_password": ""}
    assert "hush" not in f"{row} {row!r}"


def test_lists_do_not_load_secrets(db: None) -> None:
    add()
    (row,) = api.accounts(channel="email")
    assert row.get_deferred_fields() == {"secrets"}


def test_an_empty_secret_stays_and_a_given_one_replaces(db: None) -> None:
    number = add()
    for given, expected in (("", "hush"), ("new", "new")):
        api.change_account(
            number,
            name="Mail",
            settings={**SMTP, "port": "25"},
            secrets={"password": given},
            limits=Limits(2, 5.0),
            active=True,
        )
        account = api.account_by_id(number)
        assert account is not None
        assert account.secrets["password"] == expected
    assert (account.name, account.setting("port"), account.revision) == ("Mail", "25", 3)
    assert account.limits == Limits(2, 5.0)


def test_a_missing_setting_and_a_strange_provider_are_mistakes(db: None) -> None:
    with pytest.raises(Mistake, match="'from_address' of 'smtp' is missing"):
        api.add_account(provider="smtp", name="x", settings={"host": "y"})
    with pytest.raises(Mistake, match="no channel provider 'pigeon'"):
        api.add_account(provider="pigeon", name="x", settings={})
    assert Account.objects.count() == 0


def test_the_first_account_in_use_sends_and_its_transport_lives_until_it_changes(db: None) -> None:
    assert api.transport_for("email") is None
    assert api.limits_for("email") == Limits(1, 0)
    assert api.sending_channels() == []
    add("Old", active=False)
    number = add("New", limits=Limits(7, 30.0))
    add("Spare")
    first = api.transport_for("email")
    assert first is not None
    assert api.transport_for("email") is first
    assert api.limits_for("email") == Limits(7, 30.0)
    assert api.sending_channels() == ["email"]
    api.change_account(number, name="New", settings=SMTP, secrets={}, limits=Limits(1), active=True)
    assert api.transport_for("email") is not first


def test_choosing_an_account_takes_one_query(db: None, django_assert_num_queries: object) -> None:
    add("a")
    add("b")
    with django_assert_num_queries(1):  # type: ignore[operator]
        api.transport_for("email")
