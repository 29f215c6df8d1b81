"""What tests with real clients share: an installation to copy, Node's packages, servers that stop."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients.servers import REPOSITORY, Installation, Server

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
    node, npm = shutil.which("node"), shutil.which("npm")
    if not (node and npm):
        pytest.skip("Node is not installed")
    lock = (SENDERS / "package-lock.json").read_bytes()
    cache = Path(os.environ.get("KESKIO_TEST_CACHE", REPOSITORY / "var" / "test-cache"))
    folder = cache / f"clients-{hashlib.sha256(lock).hexdigest()[:12]}"
    if not (folder / "installed").exists():
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(SENDERS / name, folder)
        subprocess.run(
            [npm, "install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund"],
            cwd=folder,
            check=True,
            capture_output=True,
        )
        (folder / "installed").touch()
    return folder / "node_modules"
