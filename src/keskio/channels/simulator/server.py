"""Running the simulator: gateway, pages, errands and mail sink in one event loop."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import socket
import threading
from pathlib import Path

import msgspec
import uvicorn
from django.conf import settings

from keskio.channels.simulator.asgi import Application, route
from keskio.channels.simulator.behaviour import DEMO, Script
from keskio.channels.simulator.errands import Errands
from keskio.channels.simulator.gateway import Gateway
from keskio.channels.simulator.mail import Sink, protocol_of
from keskio.channels.simulator.pages import Pages, Receiver
from keskio.channels.simulator.store import Store
from keskio.kernel.errors import Trouble

log = logging.getLogger(__name__)

LOOK = 0.2


def own_token() -> str:
    """Return the token by which this installation and its simulator know each other."""
    key = settings.SECRET_KEY
    secret = key.encode() if isinstance(key, str) else key
    return hmac.digest(secret, b"keskio.channels.simulator", hashlib.sha256).hex()[:32]


class Simulation(msgspec.Struct, frozen=True, kw_only=True):
    """Where the simulator lives and how its phones behave.

    `file` is its own SQLite file. `mail_port` 0 means no mail sink. `receiver` is where Keskiö takes
    letters, for answers to letters.
    """

    file: Path
    host: str = "127.0.0.1"
    port: int = 8001
    mail_port: int = 8002
    token: str = ""
    script: Script = DEMO
    receiver: Receiver = Receiver()
    language: str = "fi"


class Simulator:
    """A Background that runs the simulator; `ready` is set while it listens."""

    name = "simulator"

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self.ready = threading.Event()

    def run(self, stop: threading.Event) -> None:
        """Run until `stop` is set."""
        self._simulation.file.parent.mkdir(parents=True, exist_ok=True)
        store = Store(self._simulation.file)
        try:
            asyncio.run(self._run(store, stop))
        finally:
            self.ready.clear()
            store.close()

    async def _run(self, store: Store, stop: threading.Event) -> None:
        simulation = self._simulation
        errands = Errands(store)
        server = uvicorn.Server(
            uvicorn.Config(
                application_of(simulation, store, errands),
                log_config=None,
                access_log=False,
                lifespan="off",
                timeout_graceful_shutdown=2,
            )
        )
        bound = _bound(simulation)
        sink = await _open_sink(simulation, store)
        running = asyncio.create_task(errands.run())
        serving = asyncio.create_task(server.serve(sockets=[bound]))
        try:
            while not stop.is_set() and not serving.done() and not running.done():
                if server.started and not self.ready.is_set():
                    log.info("simulator: http://%s:%d/", simulation.host, simulation.port)
                    self.ready.set()
                await asyncio.sleep(LOOK if self.ready.is_set() else LOOK / 10)
            if running.done():
                running.result()
        finally:
            server.should_exit = True
            running.cancel()
            if sink is not None:
                sink.close()
            await asyncio.gather(serving, running, return_exceptions=True)
            bound.close()


def application_of(simulation: Simulation, store: Store, errands: Errands) -> Application:
    """Return the simulator's ASGI application: the gateway's door and the pages."""
    token = simulation.token or own_token()
    gateway = Gateway(store, simulation.script, token=token, plan_changed=errands.wake)
    pages = Pages(
        store, receiver=simulation.receiver, plan_changed=errands.wake, language=simulation.language
    )
    return Application([route("POST", "/send", gateway.send), *pages.routes()])


def _bound(simulation: Simulation) -> socket.socket:
    try:
        bound = socket.create_server((simulation.host, simulation.port))
        # asyncio does this only for sockets that say they are TCP; without it each answer waits 40 ms.
        bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return bound  # noqa: TRY300 - one thought
    except OSError as error:
        raise Trouble(
            f"The simulator cannot listen on port {simulation.port}: {error.strerror}. Stop what does, or "
            "give it another port."
        ) from error


async def _open_sink(simulation: Simulation, store: Store) -> asyncio.Server | None:
    if not simulation.mail_port:
        return None
    sink = Sink(store)
    loop = asyncio.get_running_loop()
    return await loop.create_server(
        lambda: protocol_of(sink), simulation.host, simulation.mail_port
    )
