"""What both networks share: calls whose outcome may stay open, choosing an account, and length.

A connection that was never made means that nothing was posted. One that was lost later, or an answer of a
proxy (500, 502, 504), means that the post may stand there: the provider then asks for that very post, by a
number it gave it, and only what stays open is `unknown`. An unknown post is never made again by itself.
"""

from __future__ import annotations

import logging
import ssl
import unicodedata
from collections.abc import Sequence
from typing import Protocol

import httpx

from keskio.channels.contracts import Account, Outgoing, Result, Transport
from keskio.kernel.errors import Mistake, Trouble

TIMEOUT = httpx.Timeout(30, connect=10)
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
FAR = 300
# Times that one asks after a post whose answer was lost, before it is left to a person.
ASKED_AFTER = 2

# httpx writes every address it calls to the log.
logging.getLogger("httpx").setLevel(logging.WARNING)

_trust = ssl.create_default_context()


class NotReached(Trouble):
    """The server cannot be reached; nothing was posted."""

    code = "not_reached"


class Lost(Exception):
    """The connection was lost when the post may already stand there; the text says how."""


class Social(Transport, Protocol):
    """A transport that knows which messages its network can carry."""

    def takes(self, outgoing: Outgoing) -> bool:
        """Tell whether what the message answers is of this network."""


def opened(headers: dict[str, str] | None = None) -> httpx.Client:
    """Return a client of which proxies of the machine see nothing."""
    return httpx.Client(timeout=TIMEOUT, verify=_trust, trust_env=False, headers=headers)


def called(client: httpx.Client, request: httpx.Request) -> httpx.Response:
    """Return the answer; raises NotReached when it never left, Lost when that cannot be told."""
    try:
        response = client.send(request)
    except NEVER_LEFT as error:
        raise NotReached(f"{request.url.host} cannot be reached: {error}") from error
    except httpx.HTTPError as error:
        raise Lost(f"{type(error).__name__}: {error}") from error
    if response.status_code in IN_DOUBT:
        raise Lost(said(response))
    return response


def said(response: httpx.Response) -> str:
    """Return what a server answered, cut short, for staff."""
    return f"HTTP {response.status_code}: {response.text[:FAR].strip()}"


def outcome_of_no(response: httpx.Response) -> Result:
    """Return the result of an answer that is no success: to be tried later, or never."""
    if response.status_code in NOT_NOW or response.status_code in {401, 403}:
        return Result("failed", sentence=said(response))
    return Result("refused", sentence=said(response), permanent=True)


def too_long(text: str, most: int) -> Result | None:
    """Return a refusal of a text of more than `most` letters as people count them, or None."""
    length = letters_in(text)
    if length <= most:
        return None
    return Result(
        "refused",
        sentence=f"The text has {length} characters, and {most} is the most here: make it shorter.",
        permanent=True,
    )


def letters_in(text: str) -> int:
    """Return how many letters people see: marks and joined signs do not count by themselves.

    >>> letters_in("Pyörä"), letters_in("e\u0301"), letters_in("👩\u200d🔧")
    (5, 1, 1)
    """
    count, joined = 0, False
    for letter in text:
        is_joiner = letter == "\u200d"
        is_mark = unicodedata.combining(letter) != 0 or unicodedata.category(letter) in {"Mn", "Me"}
        if not (is_joiner or is_mark or joined):
            count += 1
        joined = is_joiner
    return count


def web_address(account: Account, name: str) -> str:
    """Return a setting that must be a web address, without a slash at its end; raises Mistake."""
    address = account.setting(name)
    if not address.startswith(("http://", "https://")):
        raise Mistake(f"{address!r} does not begin with http:// or https://.")
    return address.rstrip("/")


def send_each(batch: Sequence[Outgoing], send: _Sender) -> list[Result]:
    """Post one after the other; raises Trouble when not even the first could be brought to the server."""
    results: list[Result] = []
    for outgoing in batch:
        try:
            results.append(send(outgoing))
        except NotReached as trouble:
            if not results:
                raise
            results.append(Result("failed", sentence=trouble.message))
    return results


class _Sender(Protocol):
    def __call__(self, outgoing: Outgoing) -> Result: ...


class Choosing:
    """Sends each message by the first of several accounts whose network can carry it."""

    def __init__(self, transports: Sequence[Transport]) -> None:
        self._transports = transports

    def send(self, batch: Sequence[Outgoing]) -> list[Result]:
        """Post each message where what it answers stands; raises Trouble when nothing was posted."""
        results: list[Result] = []
        for outgoing in batch:
            transport = next((one for one in self._transports if _takes(one, outgoing)), None)
            if transport is None:
                sentence = (
                    "No account of the network of this message is in use. Add one in Channels."
                )
                results.append(Result("refused", sentence=sentence, permanent=True))
                continue
            try:
                results += transport.send([outgoing])
            except Trouble as trouble:
                if not results:
                    raise
                results.append(Result("failed", sentence=trouble.message))
        return results

    def close(self) -> None:
        """Leave the accounts' own connections open: they are shared."""


def _takes(transport: Transport, outgoing: Outgoing) -> bool:
    takes = getattr(transport, "takes", None)
    return takes is None or bool(takes(outgoing))
