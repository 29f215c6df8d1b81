"""What tests with real clients share: an installation to copy, Node's packages, servers that stop."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients.servers import REPOSITORY, Installation, Server
from tests.needs import find_node, find_npm

SENDERS = Path(__file__).parent / "senders"


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """An installation with keys, made once."""
    installation = Installation(tmp_path_factory.mktemp("template"))
    installation.make()
    return installation


@pytest.fixture
def installation(template: Installation, tmp_path: Path) -> Installation:
    """A fresh installation with the template's keys."""
    return template.copy_to(tmp_path / "installation")


@pytest.fixture
def serve(installation: Installation) -> Iterator[Callable[..., Server]]:
    """Start servers of the installation; all are stopped at the end."""
    servers: list[Server] = []

    def start(**options: Any) -> Server:
        server = Server(installation, **options)
        servers.append(server)
        server.start()
        return server

    yield start
    for server in servers:
        server.stop()


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """The folder with the clients' npm packages, installed once outside the repository's files."""
    npm = find_npm()
    assert npm is not None, "tests that need Node are marked so"
    lock = (SENDERS / "package-lock.json").read_bytes()
    cache = Path(os.environ.get("KESKIO_TEST_CACHE", REPOSITORY / "var" / "test-cache"))
    folder = cache / f"clients-{hashlib.sha256(lock).hexdigest()[:12]}"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # tests run in several processes
        if not (folder / "installed").exists():
            install(npm, folder)
            (folder / "installed").touch()
    return folder / "node_modules"


def install(npm: tuple[str, ...], folder: Path) -> None:
    """Install the packages that the lock file names."""
    for name in ("package.json", "package-lock.json"):
        shutil.copy(SENDERS / name, folder)
    path = f"{Path(str(find_node())).parent}{os.pathsep}{os.environ['PATH']}"
    command = [*npm, "install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund"]
    subprocess.run(
        command, cwd=folder, check=True, capture_output=True, env={**os.environ, "PATH": path}
    )
