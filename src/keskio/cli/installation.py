"""Django for verbs that need the database."""

from __future__ import annotations

import os
from pathlib import Path

import click
import django


def use_installation(**settings: str | int | Path | None) -> None:
    """Set Django up for this installation; `settings` by their keys go before the environment.

    Raises WrongSetting, or whatever else is wrong with the settings, as a sentence.
    """
    for key, value in settings.items():
        if value is not None:
            os.environ[f"KESKIO_{key.upper()}"] = str(value)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keskio.config.settings")
    django.setup()


data_option = click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder of the installation; KESKIO_DATA, else ./var, without it.",
)
