"""A PostgreSQL server for tests: Debian's, in a folder of its own, on a free port.

`python -m tests.servers.postgres COMMAND…` runs a command with `KESKIO_DATABASE_URL` naming such a
server, and stops the server after it.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

USER = "keskio"
# PostgreSQL refuses to run as root; these accounts are there on every Debian.
MODEST_USERS = ("postgres", "nobody")


def find_postgres() -> Path | None:
    """Return the folder with PostgreSQL's newest programs, or None."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version_of)
    return folders[-1] if folders else None


def _version_of(folder: Path) -> float:
    return float(folder.parent.name) if folder.parent.name.replace(".", "").isdigit() else 0.0


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def free_ports(many: int) -> int:
    """Return the first of `many` ports in a row that nobody listens on."""
    while True:
        first = free_port()
        with contextlib.ExitStack() as stack, contextlib.suppress(OSError, OverflowError):
            for port in range(first, first + many):
                probe = stack.enter_context(socket.socket())
                probe.bind(("127.0.0.1", port))
            return first


class PostgresServer:
    """One running server; `url` names a database in it."""

    def __init__(self, binaries: Path) -> None:
        self.binaries = binaries
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="keskio-pg-"))
        self.user = self._modest_user()

    @property
    def url(self) -> str:
        """The address of the server's own database."""
        return self._url_of("postgres")

    def _url_of(self, database: str) -> str:
        return f"postgres://{USER}@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        """Make an empty database and return its address."""
        name = f"d{secrets.token_hex(8)}"
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", USER, name)
        return self._url_of(name)

    def start(self) -> None:
        """Make the cluster and start it; returns when it answers."""
        if self.user:
            shutil.chown(self.folder, self.user)
        place = str(self.folder / "cluster")
        self._run("initdb", "-D", place, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C")
        options = (
            f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder}"
            " -c fsync=off -c full_page_writes=off -c synchronous_commit=off"
        )
        log = str(self.folder / "log")
        self._run("pg_ctl", "-D", place, "-l", log, "-w", "-o", options, "start")

    def stop(self) -> None:
        """Stop the server and remove its folder."""
        self._run("pg_ctl", "-D", str(self.folder / "cluster"), "-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [str(self.binaries / program), *arguments],
            check=True,
            user=self.user,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )

    @staticmethod
    def _modest_user() -> str | None:
        if os.geteuid() != 0:
            return None
        names = {entry.pw_name for entry in pwd.getpwall()}
        return next(name for name in MODEST_USERS if name in names)


def main(command: list[str]) -> int:
    """Run `command` beside a server and return its exit code; 77 where there is no PostgreSQL."""
    binaries = find_postgres()
    if binaries is None:
        sys.stderr.write("PostgreSQL is not installed.\n")
        return 77
    server = PostgresServer(binaries)
    server.start()
    try:
        environ = {**os.environ, "KESKIO_DATABASE_URL": server.url}
        return subprocess.run(command, env=environ, check=False).returncode
    finally:
        server.stop()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
