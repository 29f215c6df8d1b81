"""A MariaDB server for tests: Debian's, in a folder of its own, on a free port."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import sqlalchemy
from sqlalchemy.exc import OperationalError

from tests.servers.postgres import free_port

MODEST_USER = "nobody"
PATIENCE = 300.0  # a busy machine takes minutes


def find_mariadb() -> Path | None:
    """Return MariaDB's server program, or None."""
    found = shutil.which("mariadbd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    return Path(found) if found else None


class MariaServer:
    """One running server with a database `crm`; `url` names it."""

    def __init__(self, program: Path) -> None:
        self.program = program
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="keskio-maria-"))
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address of the database, with a user who may do everything there."""
        return f"mysql://keskio:hush@127.0.0.1:{self.port}/crm"

    def start(self) -> None:
        """Make the tables of the server and start it; returns when it answers."""
        is_root = os.geteuid() == 0
        if is_root:
            shutil.chown(self.folder, MODEST_USER)
        tables = self.folder / "tables"
        as_user = [f"--user={MODEST_USER}"] if is_root else []
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
        install = shutil.which("mariadb-install-db") or "mariadb-install-db"
        subprocess.run(
            [install, "--no-defaults", *as_user, f"--datadir={tables}", "--skip-test-db"],
            check=True,
            stderr=subprocess.DEVNULL,
            **quiet,  # type: ignore[call-overload]
        )
        script = self.folder / "begin.sql"
        script.write_text(
            "CREATE DATABASE crm;\n"
            "CREATE USER keskio@'127.0.0.1' IDENTIFIED BY 'hush';\n"
            "GRANT ALL ON crm.* TO keskio@'127.0.0.1';\n"
        )
        script.chmod(0o644)
        command = [
            str(self.program),
            "--no-defaults",
            *as_user,
            f"--datadir={tables}",
            f"--socket={self.folder}/socket",
            f"--port={self.port}",
            "--bind-address=127.0.0.1",
            "--skip-name-resolve",
            "--innodb-flush-log-at-trx-commit=0",
            f"--pid-file={self.folder}/pid",
            f"--init-file={script}",
        ]
        with (self.folder / "log").open("wb") as log:
            self._process = subprocess.Popen(command, stderr=log, **quiet)  # type: ignore[call-overload]
        try:
            self._wait()
        except OperationalError:
            self.stop()
            raise

    def _wait(self) -> None:
        engine = sqlalchemy.create_engine(self.url.replace("mysql:", "mysql+pymysql:"))
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                engine.connect().close()
            except OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
            else:
                engine.dispose()
                return

    def stop(self) -> None:
        """Stop the server and remove its folder."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(PATIENCE)
        shutil.rmtree(self.folder, ignore_errors=True)
