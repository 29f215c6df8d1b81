"""Clients for servers, as they come from their registries: what they send is stored, once.

Also when the server is overloaded, when it fails before or after storing, and when all of its processes
are killed in the middle and started again.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.clients import calls as told
from tests.clients.servers import PATIENCE, Installation, Server, environment
from tests.needs import find_node

SENDERS = Path(__file__).parent / "senders"
SERVE = ("-m", "tests.clients.serve")
CLIENTS = [
    "segment_python",
    "rudder_python",
    pytest.param("segment_node", marks=pytest.mark.node),
    pytest.param("rudder_node", marks=pytest.mark.node),
]
FAULTS = [["before", 429], ["after", 500], ["before", 500], ["after", 429]]


@pytest.fixture
def sender(request: pytest.FixtureRequest, client: str, installation: Installation) -> list[str]:
    """The command that runs the client; its last arguments are still to come."""
    if client.endswith("_python"):
        return [sys.executable, str(SENDERS / f"{client}.py")]
    request.getfixturevalue("node_modules")
    return [str(find_node()), str(SENDERS / f"{client}.mjs")]


def send(
    request: pytest.FixtureRequest,
    sender: list[str],
    server: Server,
    file: Path,
    *,
    pause: float = 0,
) -> subprocess.Popen[str]:
    arguments = [server.url, server.installation.server_key, str(file), str(pause)]
    if sender[1].endswith(".mjs"):
        modules = request.getfixturevalue("node_modules")
        arguments.append(str(modules / "start.js"))
    return subprocess.Popen(
        [*sender, *arguments],
        env=environment(server.installation.folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finish(client: subprocess.Popen[str]) -> None:
    output, _ = client.communicate(timeout=PATIENCE)
    assert client.returncode == 0, output


@pytest.mark.parametrize("client", CLIENTS)
def test_what_was_sent_is_stored_once(
    request: pytest.FixtureRequest,
    sender: list[str],
    installation: Installation,
    serve: Callable[..., Server],
    tmp_path: Path,
) -> None:
    sent = told.one_of_each() + told.many(60)
    server = serve(command=SERVE)
    finish(send(request, sender, server, told.write(sent, tmp_path)))
    events = installation.wait_for(len(sent))
    assert told.found(events) == told.expected(sent)
    assert installation.set_aside() == []
    ids = [event["message_id"] for event in events]
    assert len(set(ids)) == len(ids) == len(sent)


@pytest.mark.parametrize("client", CLIENTS)
def test_faults_before_and_after_storing_lose_and_double_nothing(
    request: pytest.FixtureRequest,
    sender: list[str],
    installation: Installation,
    serve: Callable[..., Server],
    tmp_path: Path,
) -> None:
    sent = told.one_of_each() + told.many(60)
    server = serve(command=SERVE, options=("--faults", json.dumps(FAULTS)))
    finish(send(request, sender, server, told.write(sent, tmp_path)))
    assert told.found(installation.wait_for(len(sent))) == told.expected(sent)


@pytest.mark.parametrize("client", CLIENTS)
def test_a_server_killed_in_the_middle_and_started_again_loses_and_doubles_nothing(
    request: pytest.FixtureRequest,
    sender: list[str],
    installation: Installation,
    serve: Callable[..., Server],
    tmp_path: Path,
) -> None:
    sent = told.many(300)
    server = serve()
    client = send(request, sender, server, told.write(sent, tmp_path), pause=0.02)
    assert len(installation.wait_for(20)) >= 20
    server.kill()
    assert client.poll() is None
    server.start()
    finish(client)
    assert told.found(installation.wait_for(len(sent))) == told.expected(sent)
    assert server.stop() == 0
