"""`keskio know erase`: forgetting people, and forgetting them again after a backup was put back."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from keskio.cli.installation import data_option, use_installation


@click.command()
@click.argument("customer", type=int, required=False)
@click.option("--reason", default="", help="Why, for the receipt.")
@click.option("--block", is_flag=True, help="Imports that bring the same person pass them over.")
@click.option(
    "--replay", is_flag=True, help="Forget again everybody on the list beside the databases."
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@data_option
def erase(
    customer: int | None, reason: str, *, block: bool, replay: bool, yes: bool, data: Path | None
) -> None:
    """Forget CUSTOMER (Keskiö's own number) in every table and file, for good.

    Prints the receipt. Broken off, it goes on by itself in the worker, or when it is called again.
    The exit code is 1 while something is still waited for.
    """
    if replay == (customer is not None):
        raise click.UsageError("Give the number of a customer, or --replay.")
    use_installation(data=data)
    if replay:
        _replay()
    from keskio.know.api import NoSuchCustomer, begin_erasure, run_erasure

    if not yes:
        click.confirm(f"Forget customer {customer} for good?", abort=True)
    try:
        begun = begin_erasure(int(customer or 0), reason=reason, by="cli", block=block)
    except NoSuchCustomer as nobody:
        click.echo(nobody.message, err=True)
        sys.exit(1)
    done = run_erasure(begun.pk)
    for table, rows in sorted(done.counts.items()):
        click.echo(f"{table}: {rows}")
    if done.state != "done":
        waits = done.waits_for or "its turn"
        click.echo(f"Waits for {waits}; the worker goes on with it by itself.", err=True)
        sys.exit(1)
    click.echo(f"Customer {customer} is forgotten (receipt {done.pk}).")


def _replay() -> None:
    from keskio.know.api import replay_erasures

    count = 0
    for erasure in replay_erasures(by="cli"):
        count += 1
        click.echo(f"Receipt {erasure.pk}: {erasure.state} {erasure.waits_for}".rstrip())
    click.echo(f"{count} people were there again.")
    sys.exit(0)
