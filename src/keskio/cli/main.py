"""The command `keskio`: finds a verb, and says in one sentence what went wrong.

Verbs exit 0 on success, 1 on a finding, 2 on wrong use. A verb's module is imported only when it is
asked for, so that those that need no database stay quick.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module

import click

from keskio import __version__
from keskio.kernel.errors import KeskioError

# Each verb: where it is, and what the list of verbs says of it.
VERBS: dict[str, tuple[str, str]] = {
    "bench": ("keskio.cli.bench:bench", "Run a benchmark and print its table."),
    "demo-seed": ("keskio.cli.demo:demo_seed", "Fill an empty installation with the demo company."),
    "dialogue": ("keskio.cli.dialogue:dialogue", "Check, play, publish and export dialogues."),
    "doctor": ("keskio.cli.doctor:doctor", "Say what is wrong with this installation."),
    "events": ("keskio.cli.events:events", "Read the log."),
    "key": ("keskio.cli.key:key", "Make write keys for sources."),
    "know": ("keskio.cli.know:know", "Import and export customers."),
    "lake": ("keskio.cli.lake:lake", "Look after the lake of events, and ask it."),
    "listen": ("keskio.cli.listen:listen", "Read texts: feelings, themes, urgency."),
    "mail": ("keskio.cli.mail:mail", "Understand inbound letters."),
    "measure": ("keskio.cli.measure:measure", "Score files: value of customers, RFM, NPS."),
    "migrate": ("keskio.cli.setup:migrate", "Bring the databases up to date."),
    "phones": ("keskio.cli.phones:phones", "Run the phone simulator."),
    "segment": ("keskio.cli.segment:segment", "Say who belongs to segments; save and export them."),
    "up": ("keskio.cli.up:up", "Start everything; Ctrl-C stops it."),
    "user": ("keskio.cli.setup:user", "Make and mend users."),
}


class Verbs(click.Group):
    """A group whose verbs are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names of all verbs."""
        return sorted(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import and return one verb."""
        if cmd_name not in VERBS:
            return None
        module, _, name = VERBS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of verbs without importing them."""
        with formatter.section("Verbs"):
            formatter.write_dl([(name, VERBS[name][1]) for name in sorted(VERBS)])


@click.command(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(version)s")
def cli() -> None:
    """Keskiö: customer dialogues that can be proved."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    try:
        cli.main(args=arguments, prog_name="keskio", standalone_mode=True)
    except KeskioError as error:
        click.echo(f"keskio: {error}", err=True)
        sys.exit(2)
