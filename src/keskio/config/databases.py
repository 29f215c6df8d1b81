"""Which database holds what.

SQLite is the default: one file for everything but the spool, which has its own, so that the
tracking door never waits for the worker's writes. On PostgreSQL one database holds both.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.db.models import Model

from keskio.config.env import WrongSetting

DEFAULT = "default"
SPOOL = "spool"
SPOOLED = ("events", "spooled")
# Under load of many threads a writer may wait for its turn: seconds.
PATIENCE = 20
# Contended transactions that begin with a read are lost without IMMEDIATE; NORMAL is enough for
# what can be derived again from the spool, whose own answers promise durability: FULL.
PRAGMAS = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous={synchronous}; PRAGMA cache_size=-65536;"
    " PRAGMA temp_store=MEMORY; PRAGMA journal_size_limit=67108864;"
)


def databases(url: str, folder: Path) -> dict[str, dict[str, Any]]:
    """Return Django's DATABASES for the PostgreSQL at `url`, or for SQLite in `folder`."""
    if url:
        return {DEFAULT: postgres(url)}
    return {
        DEFAULT: sqlite(folder / "keskio.sqlite3", synchronous="NORMAL"),
        SPOOL: sqlite(folder / "spool.sqlite3", synchronous="FULL"),
    }


def sqlite(file: Path, *, synchronous: str) -> dict[str, Any]:
    """Return Django's description of one SQLite file."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": file,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": PATIENCE,
            "init_command": PRAGMAS.format(synchronous=synchronous),
        },
    }


def postgres(url: str) -> dict[str, Any]:
    """Return Django's description of the PostgreSQL at `url`.

    The query part of the address is handed to libpq (`?host=/run/postgresql&sslmode=require`).
    """
    try:
        parts = urlsplit(url)
        port = parts.port or ""
    except ValueError as error:
        raise WrongSetting(f"The setting KESKIO_DATABASE_URL is not an address: {error}.") from None
    name = unquote(parts.path.lstrip("/"))
    if not name:
        raise WrongSetting(
            "The setting KESKIO_DATABASE_URL names no database: write its name behind the host,"
            " as in postgres://user@host/keskio."
        )
    options: dict[str, Any] = dict(parse_qsl(parts.query))
    host = options.pop("host", parts.hostname or "")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": port,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


class SpoolRouter:
    """Sends the spool's one table to its own database, and everything else to the other."""

    def db_for_read(self, model: type[Model], **_hints: Any) -> str:
        """Return the alias of the database that holds `model`."""
        label = (model._meta.app_label, model._meta.model_name)
        return SPOOL if label == SPOOLED else DEFAULT

    db_for_write = db_for_read

    def allow_migrate(
        self, db: str, app_label: str, model_name: str | None = None, **_hints: Any
    ) -> bool:
        """Say whether a table belongs to the database `db`."""
        return ((app_label, model_name) == SPOOLED) == (db == SPOOL)
