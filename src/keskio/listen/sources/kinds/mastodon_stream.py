"""One stream of server-sent events, read in a thread of its own so that whoever waits can be told to stop."""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
from collections.abc import Mapping

import httpx
from httpx_sse import EventSource, ServerSentEvent, SSEError

from keskio.listen.sources.faults import SourceTrouble
from keskio.listen.sources.fetching import checked, opened, reaching

# A server sends `:thump` every fifteen seconds.
STREAM = httpx.Timeout(45, connect=10)
AT_ONCE = 100
WAITING = 1000


class Ear:
    """A thread that reads one stream, so that whoever waits can be told to stop."""

    def __init__(self, url: str, *, name: str, headers: Mapping[str, str]) -> None:
        self.name, self._url = name, url
        self._events: queue.Queue[ServerSentEvent | SourceTrouble] = queue.Queue(WAITING)
        self._client = opened(headers=dict(headers), timeout=STREAM)
        self._response: httpx.Response | None = None
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._read, name=f"ear {name}", daemon=True)

    def open(self) -> None:
        """Call the server; raises SourceTrouble. From here on nothing is missed."""
        request = self._client.build_request(
            "GET", self._url, headers={"accept": "text/event-stream"}
        )
        with reaching(request.url.host):
            self._response = self._client.send(request, stream=True)
            checked(self._response, request.url.host)
        self._thread.start()

    def take(self, wait: float) -> list[ServerSentEvent]:
        """Return what has come, waiting so many seconds for the first; raises SourceTrouble."""
        found: list[ServerSentEvent] = []
        try:
            came = self._events.get(timeout=wait)
            while True:
                if isinstance(came, SourceTrouble):
                    if not found:
                        raise came
                    self._events.put(came)
                    return found
                found.append(came)
                if len(found) >= AT_ONCE:
                    return found
                came = self._events.get_nowait()
        except queue.Empty:
            return found

    def close(self) -> None:
        """Hang up, also in the middle of a line."""
        self._closed.set()
        if self._response is not None:
            stream = self._response.extensions.get("network_stream")
            bound = stream.get_extra_info("socket") if stream is not None else None
            if isinstance(bound, socket.socket):
                with contextlib.suppress(OSError):  # the other side was quicker
                    bound.shutdown(socket.SHUT_RDWR)
        if self._thread.is_alive():
            self._thread.join(2)
        self._client.close()

    def _read(self) -> None:
        assert self._response is not None
        host = self._response.request.url.host
        trouble = SourceTrouble("cut", place=host)
        try:
            with reaching(host):
                for event in EventSource(self._response).iter_sse():
                    if not self._put(event):
                        return
        except SourceTrouble as told:
            trouble = SourceTrouble("silent", place=host) if _is_silence(told) else told
        except SSEError as error:
            trouble = SourceTrouble("not_understood", place=host, said=str(error))
        finally:
            self._response.close()
        self._put(trouble)

    def _put(self, came: ServerSentEvent | SourceTrouble) -> bool:
        """Wait for a place in the queue; False when nobody listens any more."""
        while not self._closed.is_set():
            try:
                self._events.put(came, timeout=0.5)
            except queue.Full:
                continue
            return True
        return False


def _is_silence(trouble: SourceTrouble) -> bool:
    return trouble.told["reason"] == "no_answer"
