"""`keskio phones`: the simulator, for development and demos."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import click

from keskio.cli.installation import data_option, use_installation


@click.command()
@data_option
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8001, show_default=True, help="The port of gateway and pages.")
@click.option("--mail-port", default=8002, show_default=True, help="The mail sink's; 0 for none.")
@click.option(
    "--receiver-port", default=8003, show_default=True, help="Where Keskiö receives letters (LMTP)."
)
@click.option(
    "--script",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="How phones answer, as JSON; the demo's answers without it.",
)
@click.option("--silent", is_flag=True, help="Let no phone answer by itself.")
def phones(  # noqa: PLR0913 - one argument for each option
    data: Path | None,
    host: str,
    port: int,
    mail_port: int,
    receiver_port: int,
    script: Path | None,
    *,
    silent: bool,
) -> None:
    """Run the phone simulator until Ctrl-C."""
    use_installation(data=data)
    from django.conf import settings

    from keskio.channels.simulator.behaviour import DEMO, SILENT, script_from
    from keskio.channels.simulator.pages import Receiver
    from keskio.channels.simulator.server import Simulation, Simulator

    behaviour = script_from(script.read_bytes()) if script else SILENT if silent else DEMO
    simulation = Simulation(
        file=Path(settings.DATA_DIR) / "simulator.sqlite3",
        host=host,
        port=port,
        mail_port=mail_port,
        script=behaviour,
        receiver=Receiver(port=receiver_port),
    )
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    click.echo(f"Phones: http://{host}:{port}/")
    Simulator(simulation).run(stop)
