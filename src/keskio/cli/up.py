"""`keskio up`: one process group with a parent that looks after web and worker."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import click

from keskio.cli.installation import bring_up_to_date, data_option, prepare_django
from keskio.kernel.errors import Mistake, Trouble

PATIENCE_AT_END = 4.5  # seconds for the children to finish; then they are ended
PATIENCE_AT_START = 180.0  # a machine that is busy with more takes a minute
PACE = 0.1


@click.command()
@data_option
@click.option("--host", help="The address to listen on; KESKIO_HOST, else 127.0.0.1, without it.")
@click.option("--port", type=int, help="The port to listen on; KESKIO_PORT, else 8000, without it.")
@click.option("--demo", is_flag=True, help="Run the demo company, in ./var/demo without --data.")
def up(data: Path | None, host: str | None, port: int | None, *, demo: bool) -> None:
    """Start everything, and stop it at Ctrl-C. Databases are brought up to date first."""
    if demo and data is None and "KESKIO_DATA" not in os.environ:
        data = Path("var/demo")
    os.umask(0o077)  # customers' data is its owner's only
    prepare_django(data=data, host=host, port=port, demo="yes" if demo else None)
    from django.conf import settings

    with only_one_in(settings.DATA_DIR), listening_at(settings.HOST, settings.PORT) as bound:
        bring_up_to_date()
        children = ["web", "worker"]
        if settings.DEMO:
            children.append("phones")
            check_free(settings.HOST, [settings.PORT + step for step in (1, 2, 3)])
            seed_demo()
        sys.exit(Family(bound, children).live(on_ready=announce))


def seed_demo() -> None:
    """Fill an installation that is still empty with the demo company."""
    from keskio.cli.demo import seed

    seed()


def announce() -> None:
    """Say where the pages are, and how to sign in for the first time."""
    from django.conf import settings

    from keskio.web.api import setup_token

    click.echo(f"Keskiö is up: {settings.PUBLIC_URL}/")
    token = setup_token.issue()
    if token:
        click.echo(f"Make the first user here: {settings.PUBLIC_URL}/set-up/{token}/")
    if settings.DEMO:
        from keskio.cli.demo import SIGN_IN

        click.echo(SIGN_IN)
        click.echo(f"The customers' phones: {phones_url()}")
    click.echo("Ctrl-C stops it.")


def phones_url() -> str:
    """Return where the demo's simulated phones are looked at."""
    from django.conf import settings

    return f"http://{urlsplit(settings.PUBLIC_URL).hostname}:{settings.PORT + 1}/"


@contextmanager
def only_one_in(folder: Path) -> Iterator[None]:
    """Keep a second Keskiö out of `folder`; the lock goes with the process, however it ends."""
    with (folder / "lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            raise Mistake(
                f"Keskiö already runs in {folder} (process {file.read().strip()}): stop it first,"
                " or choose another folder with --data."
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


@contextmanager
def listening_at(host: str, port: int) -> Iterator[socket.socket]:
    """Bind `host` and `port`, for a child to listen on."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as bound:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((host, port))
        except OSError as error:
            raise Mistake(
                f"Keskiö cannot listen on {host} port {port} ({error.strerror}): stop what does,"
                " or choose another with --port or KESKIO_PORT."
            ) from None
        yield bound


def check_free(host: str, ports: Sequence[int]) -> None:
    """Raise Mistake unless all of `ports` can be listened on."""
    for port in ports:
        with listening_at(host, port):
            pass


class Family:
    """The parent of the processes `names`: when one of them ends, the others are stopped."""

    def __init__(self, bound: socket.socket, names: Sequence[str]) -> None:
        self._bound = bound
        self._names = names
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._asked_to_stop = threading.Event()

    def live(self, *, on_ready: Callable[[], None]) -> int:
        """Run until asked to stop (0), or until a child has died (1)."""
        for sign in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sign, lambda *_: self._asked_to_stop.set())
        reading, writing = os.pipe()
        try:
            for name in self._names:
                self._start(name, reading)
            if self._wait_until_it_answers():
                on_ready()
            return self._watch()
        finally:
            self._end()
            os.close(reading)
            os.close(writing)

    def _start(self, name: str, lifeline: int) -> None:
        command = [sys.executable, "-m", "keskio.config.processes", name]
        listening = self._bound.fileno()
        self._children[name] = subprocess.Popen(
            [*command, "--lifeline", str(lifeline), "--socket", str(listening)],
            pass_fds=(lifeline, listening),
            stdin=subprocess.DEVNULL,
        )

    def _wait_until_it_answers(self) -> bool:
        deadline = time.monotonic() + PATIENCE_AT_START
        while not self._asked_to_stop.wait(PACE) and self._dead() is None:
            if time.monotonic() > deadline:
                raise Trouble("The web process does not answer; see what it wrote above.")
            with suppress(OSError), socket.create_connection(self._bound.getsockname()[:2], 1):
                return True
        return False

    def _watch(self) -> int:
        while not self._asked_to_stop.wait(PACE):
            dead = self._dead()
            if dead:
                code = self._children[dead].returncode
                click.echo(f"keskio: the {dead} process ended ({code}), so all stops.", err=True)
                return 1
        return 0

    def _dead(self) -> str | None:
        for name, child in self._children.items():
            if child.poll() is not None:
                return name
        return None

    def _end(self) -> None:
        """Stop web and worker, and then the phones, on which messages may still be arriving."""
        deadline = time.monotonic() + PATIENCE_AT_END
        first = [name for name in self._children if name != "phones"]
        for names in (first, [name for name in self._children if name == "phones"]):
            for name in names:
                self._children[name].terminate()
            for name in names:
                self._see_end(name, deadline)

    def _see_end(self, name: str, deadline: float) -> None:
        child = self._children[name]
        try:
            child.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            click.echo(f"keskio: the {name} process did not stop in time.", err=True)
            child.kill()
            child.wait()
