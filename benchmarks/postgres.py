"""A PostgreSQL for benchmarks: as the tests' own, but durable (fsync and synchronous commit on)."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from tests.servers.postgres import USER, PostgresServer, find_postgres

PID = "BENCH_POSTGRES_PID"
URL = "KESKIO_DATABASE_URL"
SETTINGS = "-c shared_buffers=512MB -c max_wal_size=4GB"


class DurableServer(PostgresServer):
    """A server with PostgreSQL's own defaults of durability and a little more memory."""

    def start(self) -> None:
        """Make the cluster and start it; returns when it answers."""
        if self.user:
            shutil.chown(self.folder, self.user)
        place = str(self.folder / "cluster")
        self._run("initdb", "-D", place, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C")
        options = (
            f"-p {self.port} -c listen_addresses=127.0.0.1"
            f" -c unix_socket_directories={self.folder} {SETTINGS}"
        )
        self._run(
            "pg_ctl", "-D", place, "-l", str(self.folder / "log"), "-w", "-o", options, "start"
        )

    @property
    def pid(self) -> int:
        """The process from which all of the server's processes descend."""
        return int((self.folder / "cluster" / "postmaster.pid").read_text().splitlines()[0])


def is_installed() -> bool:
    """Tell whether this machine has PostgreSQL's programs."""
    return find_postgres() is not None


@contextmanager
def durable_postgres() -> Iterator[dict[str, str]]:
    """Run a server; yield what must stand in the environment of who is to use a new database in it."""
    binaries = find_postgres()
    assert binaries is not None, "ask is_installed first"
    server = DurableServer(binaries)
    server.start()
    try:
        yield {**os.environ, URL: server.new_database(), PID: str(server.pid)}
    finally:
        server.stop()
