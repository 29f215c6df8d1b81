"""Django for verbs that need the database."""

from __future__ import annotations

import os
from pathlib import Path

import click
import django

from keskio.kernel.errors import Trouble


def use_installation(**settings: str | int | Path | None) -> None:
    """Set Django up for this installation and bring its databases up to date.

    `settings` by their keys go before the environment. Raises WrongSetting, or whatever else is
    wrong, as a sentence.
    """
    prepare_django(**settings)
    bring_up_to_date()


def prepare_django(**settings: str | int | Path | None) -> None:
    """Set Django up for this installation, and touch nothing."""
    for key, value in settings.items():
        if value is not None:
            os.environ[f"KESKIO_{key.upper()}"] = str(value)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keskio.config.settings")
    django.setup()


def missing_migrations(alias: str) -> int:
    """Return how many changes the database `alias` has not got yet.

    Raises Trouble when the database cannot be reached.
    """
    from django.db import DatabaseError, connections
    from django.db.migrations.executor import MigrationExecutor

    try:
        executor = MigrationExecutor(connections[alias])
    except DatabaseError as error:
        raise Trouble(f"The database {alias} cannot be reached: {error}") from None
    leaves = executor.loader.graph.leaf_nodes()
    apps = apps_of(alias)
    return len(executor.migration_plan([node for node in leaves if not apps or node[0] in apps]))


def apps_of(alias: str) -> tuple[str, ...]:
    """Return the only rooms whose tables the database `alias` holds; none: it may hold any."""
    from django.conf import settings

    has_own_file = settings.SPOOL_ALIAS != "default"
    return ("events",) if has_own_file and alias == settings.SPOOL_ALIAS else ()


def bring_up_to_date() -> None:
    """Apply what is missing to every database of this installation, and publish what belongs to it."""
    from django.conf import settings
    from django.core.management import call_command

    from keskio.talk.api import publish_built_in

    for alias in settings.DATABASES:
        if missing_migrations(alias):
            call_command("migrate", *apps_of(alias), database=alias, verbosity=0, interactive=False)
    publish_built_in()


data_option = click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder of the installation; KESKIO_DATA, else ./var, without it.",
)
