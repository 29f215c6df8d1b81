"""What all SMS gateways with an HTTP interface share: one request a message, and reading the outcome.

What can be told from HTTP alone is decided here. A connection that was never made, and an answer
that says "not now" (429, 503), mean that nothing was handed over. An answer that never came, or came
from a proxy (500, 502, 504), means that the message may be on its way: `unknown`.
"""

from __future__ import annotations

import logging
import ssl
import weakref
from collections.abc import Callable, Sequence

import httpx

from keskio.channels.contracts import Outgoing, Result
from keskio.kernel.errors import Trouble

TIMEOUT = httpx.Timeout(30, connect=10)
# Shorter than any server keeps an idle connection open: reusing one that the server is just closing
# looks like a message in doubt.
LIMITS = httpx.Limits(max_connections=64, max_keepalive_connections=16, keepalive_expiry=1)
NEVER_LEFT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
    httpx.ProxyError,
)
NOT_NOW = frozenset({408, 425, 429, 503})
IN_DOUBT = frozenset({500, 502, 504})
NOT_LET_IN = frozenset({401, 403, 407})
FAR = 300

# httpx writes every address it calls to the log; some gateways want passwords and texts in it.
logging.getLogger("httpx").setLevel(logging.WARNING)

_trust = ssl.create_default_context()


class GatewayTransport:
    """Sends text messages as HTTP requests; the provider says how they look and what answers mean."""

    def __init__(
        self,
        *,
        compose: Callable[[Outgoing], httpx.Request],
        understand: Callable[[httpx.Response], Result],
        timeout: httpx.Timeout = TIMEOUT,
    ) -> None:
        self._compose = compose
        self._understand = understand
        # trust_env off: a proxy variable of the machine must not see customers' messages.
        self._client = httpx.Client(timeout=timeout, limits=LIMITS, verify=_trust, trust_env=False)
        # Whoever drops a transport while another thread still sends need not know when to close.
        weakref.finalize(self, self._client.close)

    def send(self, batch: Sequence[Outgoing]) -> list[Result]:
        """Hand over `batch`, one request each, and return what became of each message.

        Raises Trouble when the gateway could not be reached for any of them.
        """
        results: list[Result] = []
        for outgoing in batch:
            result, reached = self._send_one(outgoing)
            if not reached and not results:
                raise Trouble(f"The SMS gateway cannot be reached: {result.sentence}")
            results.append(result)
        return results

    def close(self) -> None:
        """Close the connections that are kept open."""
        self._client.close()

    def _send_one(self, outgoing: Outgoing) -> tuple[Result, bool]:
        try:
            response = self._client.send(self._compose(outgoing))
        except NEVER_LEFT as error:
            return Result("failed", sentence=_said(error)), False
        except httpx.HTTPError as error:
            return Result("unknown", sentence=_said(error)), True
        return self._outcome(response), True

    def _outcome(self, response: httpx.Response) -> Result:
        sentence = f"HTTP {response.status_code}: {response.text[:FAR].strip()}"
        if response.status_code in NOT_NOW or response.status_code in NOT_LET_IN:
            return Result("failed", sentence=sentence)
        if response.status_code in IN_DOUBT:
            return Result("unknown", sentence=sentence)
        return self._understand(response)


def refused(response: httpx.Response, sentence: str = "") -> Result:
    """Return the result of an answer that will be the same however often one asks."""
    said = sentence or f"HTTP {response.status_code}: {response.text[:FAR].strip()}"
    return Result("refused", sentence=said, permanent=True)


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
