"""A Spark cluster for tests: a master and two workers from the pyspark package, on loopback ports."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
import urllib.request
from importlib.util import find_spec
from pathlib import Path

from tests.servers.postgres import free_ports

WORKERS = 2
PATIENCE = 300.0  # a busy machine takes minutes
_PACKAGE = "org.apache.spark.deploy"


def find_spark() -> Path | None:
    """Return the folder of the pyspark package where there is Java too, or None."""
    spec = find_spec("pyspark")
    if spec is None or spec.origin is None or shutil.which("java") is None:
        return None
    return Path(spec.origin).parent


class SparkCluster:
    """A running master with two workers of one core each; `master` is its address."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.folder = Path(tempfile.mkdtemp(prefix="keskio-spark-"))
        port = free_ports(2)
        self.master, self._page = f"spark://127.0.0.1:{port}", port + 1
        self._children: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Start all and return when both workers have told the master of themselves."""
        host, port = "127.0.0.1", self.master.rpartition(":")[2]
        self._run("master.Master", "--host", host, "--port", port, "--webui-port", str(self._page))
        for number in range(WORKERS):
            work = str(self.folder / f"work-{number}")
            options = ("--cores", "1", "--memory", "1g", "--webui-port", "0", "--work-dir", work)
            self._run("worker.Worker", "--host", host, *options, self.master)
        until = time.monotonic() + PATIENCE
        while self._alive() < WORKERS:
            if time.monotonic() > until:
                raise RuntimeError(f"Spark did not start: {self._log()}")
            time.sleep(0.2)

    def _run(self, role: str, *arguments: str) -> None:
        log = (self.folder / f"{len(self._children)}.log").open("wb")
        environ = {
            **os.environ,
            "SPARK_HOME": str(self.home),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_DAEMON_MEMORY": "256m",
        }
        command = [str(self.home / "bin/spark-class"), f"{_PACKAGE}.{role}", *arguments]
        with log:
            child = subprocess.Popen(
                command, stdout=log, stderr=log, env=environ, stdin=subprocess.DEVNULL
            )
        self._children.append(child)

    def _alive(self) -> int:
        with contextlib.suppress(OSError):
            address = f"http://127.0.0.1:{self._page}/json/"
            with urllib.request.urlopen(address, timeout=5) as answer:
                return str(answer.read()).count('"ALIVE"') - 1  # the master is one
        return 0

    def _log(self) -> str:
        return "\n".join(path.read_text()[-2000:] for path in sorted(self.folder.glob("*.log")))

    def stop(self) -> None:
        """End all."""
        for child in reversed(self._children):
            child.terminate()
        for child in self._children:
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
