"""Verbs that bring an installation into being: databases and users."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from keskio.cli.installation import data_option, use_installation


@click.command()
@data_option
def migrate(data: Path | None) -> None:
    """Bring the databases up to date. Safe to run twice."""
    use_installation(data=data)


@click.group()
def user() -> None:
    """Make and mend users."""


@user.command()
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice(["reader", "editor", "admin"]),
    default="admin",
    show_default=True,
    help="What the user may do.",
)
@click.option("--email", default="", help="The user's e-mail address.")
@click.option(
    "--password-stdin",
    is_flag=True,
    help="Read the password from standard input instead of asking.",
)
@data_option
def create(name: str, *, role: str, email: str, password_stdin: bool, data: Path | None) -> None:
    """Make the user NAME; the password is asked for."""
    use_installation(data=data)
    password = (
        sys.stdin.readline().rstrip("\n")
        if password_stdin
        else click.prompt("Password", hide_input=True, confirmation_prompt=True)
    )
    from keskio.web.api import create_user

    create_user(name, password=password, role=role, email=email)
    click.echo(f"{name} may sign in now.")
