"""A small real HTTP server on a free port of this machine, whose handlers may go on writing."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


class Handler(BaseHTTPRequestHandler):
    """One request; subclasses answer in `answer`."""

    protocol_version = "HTTP/1.1"

    def handle_request(self) -> None:
        address = urlsplit(self.path)
        self.route = address.path
        self.query = parse_qs(address.query, keep_blank_values=True)
        size = int(self.headers.get("Content-Length") or 0)
        self.body = self.rfile.read(size)
        self.answer()

    do_GET = do_POST = do_PUT = handle_request  # noqa: N815 - the library's names

    def answer(self) -> None:
        raise NotImplementedError

    def asked(self, name: str, default: str = "") -> str:
        return self.query.get(name, [default])[0]

    def say(
        self,
        body: Any = b"",
        *,
        status: int = 200,
        kind: str = "application/json",
        headers: dict[str, str] | None = None,
    ) -> None:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(raw)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(raw)

    def hang_up(self) -> None:
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


class Server(ThreadingHTTPServer):
    """Threads of streams must not keep the tests from ending."""

    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients of tests hang up in the middle: that is what is tried."""


@contextmanager
def serving(handler: type[Handler]) -> Iterator[str]:
    """Run a server until the end and give its address."""
    server = Server(("127.0.0.1", 0), handler)
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
    )
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
