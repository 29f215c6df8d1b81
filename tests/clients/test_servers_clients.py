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
NAMES = ("segment_python", "rudder_python", "segment_node", "rudder_node")
CLIENTS = [
    pytest.param(name, marks=[pytest.mark.node] if name.endswith("_node") else []) for name in NAMES
]
# One of each maker and each language in every run, all four by night.
FAULTY = [
    pytest.param(
        name,
        marks=[
            *([pytest.mark.node] if name.endswith("_node") else []),
            *([pytest.mark.nightly] if name in {"rudder_python", "segment_node"} else []),
        ],
    )
    for name in NAMES
]
FAULTS = [["before", 429], ["after", 500], ["before", 500], ["after", 429]]


@pytest.fixture
def modules(request: pytest.FixtureRequest, client: str) -> Path | None:
    """Where the packages of the client are, if it is one of Node's."""
    return request.getfixturevalue("node_modules") if client.endswith("_node") else None


def command_of(client: str) -> list[str]:
    """Return the command that runs the client; its last arguments are still to come."""
    if client.endswith("_python"):
        return [sys.executable, str(SENDERS / f"{client}.py")]
    return [str(find_node()), str(SENDERS / f"{client}.mjs")]


def send(
    command: list[str],
    server: Server,
    file: Path,
    modules: Path | None,
    *,
    pause: float = 0,
    gate: Path = Path("/"),
) -> subprocess.Popen[str]:
    arguments = [server.url, server.installation.server_key, str(file), str(pause)]
    if modules is not None:
        arguments.append(str(modules / "start.js"))
    return subprocess.Popen(
        [*command, *arguments, str(gate)],
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
    client: str,
    modules: Path | None,
    installation: Installation,
    serve: Callable[..., Server],
    tmp_path: Path,
) -> None:
    sent = told.one_of_each() + told.many(60)
    server = serve(command=SERVE)
    finish(send(command_of(client), server, told.write(sent, tmp_path), modules))
    events = installation.wait_for(len(sent))
    assert told.found(events) == told.expected(sent)
    assert installation.set_aside() == []
    ids = [event["message_id"] for event in events]
    assert len(set(ids)) == len(ids) == len(sent)


@pytest.mark.parametrize("client", FAULTY)
def test_faults_before_and_after_storing_lose_and_double_nothing(
    client: str,
    modules: Path | None,
    installation: Installation,
    serve: Callable[..., Server],
    tmp_path: Path,
) -> None:
    sent = told.one_of_each() + told.many(60)
    server = serve(command=SERVE, options=("--faults", json.dumps(FAULTS)))
    finish(send(command_of(client), server, told.write(sent, tmp_path), modules))
    assert told.found(installation.wait_for(len(sent))) == told.expected(sent)


@pytest.mark.node
def test_a_server_killed_in_the_middle_and_started_again_loses_and_doubles_nothing(
    node_modules: Path, installation: Installation, serve: Callable[..., Server], tmp_path: Path
) -> None:
    """With all clients at once, each in the middle of its calls: they share nothing but the server."""
    sent = {name: told.many(300, of=name) for name in NAMES}
    gate = tmp_path / "gate"
    server = serve()
    clients = []
    for name, calls in sent.items():
        file = told.write(calls, tmp_path / name)
        modules = node_modules if name.endswith("_node") else None
        clients.append(send(command_of(name), server, file, modules, pause=0.02, gate=gate))
    thirds = len(sent) * 100
    assert len(installation.wait_for(thirds)) == thirds  # then each waits at the gate
    gate.touch()
    assert len(installation.wait_for(thirds + 20)) >= thirds + 20
    server.kill()
    assert [client.poll() for client in clients] == [None] * len(clients)
    server.start()
    for client in clients:
        finish(client)
    everything = [call for calls in sent.values() for call in calls]
    assert told.found(installation.wait_for(len(everything))) == told.expected(everything)
    assert server.stop() == 0
