from __future__ import annotations

from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connections

from keskio.config.databases import SpoolRouter, databases
from keskio.config.env import WrongSetting


def test_sqlite_keeps_the_spool_in_a_file_of_its_own() -> None:
    described = databases("", Path("/srv/keskio"))
    assert {alias: str(d["NAME"]) for alias, d in described.items()} == {
        "default": "/srv/keskio/keskio.sqlite3",
        "spool": "/srv/keskio/spool.sqlite3",
    }
    assert {d["OPTIONS"]["transaction_mode"] for d in described.values()} == {"IMMEDIATE"}


def test_postgres_url_is_taken_apart() -> None:
    url = "postgres://anna:p%40ss@db.example:5433/keskio?sslmode=require"
    assert databases(url, Path("/srv")) == {
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "keskio",
            "USER": "anna",
            "PASSWORD": "p@ss",
            "HOST": "db.example",
            "PORT": 5433,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": {"sslmode": "require"},
        }
    }


def test_postgres_url_may_name_a_socket() -> None:
    described = databases("postgres:///keskio?host=/run/postgresql", Path("/srv"))["default"]
    assert (described["HOST"], described["NAME"], described["OPTIONS"]) == (
        "/run/postgresql",
        "keskio",
        {},
    )


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        (
            "postgres://db/",
            "The setting KESKIO_DATABASE_URL names no database: write its name behind the host,"
            " as in postgres://user@host/keskio.",
        ),
        (
            "postgres://db:many/keskio",
            "The setting KESKIO_DATABASE_URL is not an address: Port could not be cast to integer"
            " value as 'many'.",
        ),
    ],
)
def test_postgres_url_that_is_wrong_is_told_of(url: str, sentence: str) -> None:
    with pytest.raises(WrongSetting) as caught:
        databases(url, Path("/srv"))
    assert str(caught.value) == sentence


def test_router_sends_only_spooled_rows_to_the_spool() -> None:
    router = SpoolRouter()
    places = {
        model._meta.label: router.db_for_read(model)
        for model in apps.get_app_config("events").get_models()
    }
    assert places["events.Spooled"] == "spool"
    assert {alias for label, alias in places.items() if label != "events.Spooled"} == {"default"}
    assert router.allow_migrate("spool", "events", "spooled")
    assert not router.allow_migrate("default", "events", "spooled")
    assert not router.allow_migrate("spool", "events", "event")


@pytest.mark.django_db
def test_each_database_holds_only_its_tables() -> None:
    tables = {alias: set(connections[alias].introspection.table_names()) for alias in connections}
    assert "events_spooled" in tables[settings.SPOOL_ALIAS]
    if settings.SPOOL_ALIAS != "default":
        assert tables["spool"] == {"django_migrations", "events_spooled"}
        assert "events_spooled" not in tables["default"]
