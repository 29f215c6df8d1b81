"""Calls to the web that a person has configured: http and https only, of bounded size and patience.

An address typed into a form must not reach what stands behind the company's own walls (server-side
request forgery): unless the installation allows it (`SOURCES_INSIDE`), every name is resolved here, each
of its addresses must be a public one, and the connection is made to the very address that was checked,
also behind a redirect.
"""

from __future__ import annotations

import email.utils
import ipaddress
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import httpx
from django.conf import settings

from keskio.kernel.clock import now
from keskio.listen.sources.faults import SourceTrouble

TIMEOUT = httpx.Timeout(20, connect=10)
LARGEST = 8 * 1024 * 1024
MOST_REDIRECTS = 5
LONGEST_PATIENCE = 24 * 3600.0  # seconds
AGENT = "Keskio/1 (+listening)"
NOT_NOW = frozenset({408, 425, 429, 503})
_trust = ssl.create_default_context()
_number_of_error = re.compile(r"^\[Errno -?\d+\] ")


def trusted() -> ssl.SSLContext:
    """Return the certificates that are trusted."""
    return _trust


def public_address(host: str, port: int) -> str:
    """Return an address of `host` to connect to; raises SourceTrouble when one of them is not public."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        raise SourceTrouble("no_such_name", place=host) from None
    addresses = [str(entry[4][0]).partition("%")[0] for entry in found]
    if not settings.SOURCES_INSIDE:
        for address in addresses:
            if not _is_public(address):
                raise SourceTrouble("inside", place=host, permanent=True)
    return addresses[0]


def _is_public(address: str) -> bool:
    parsed = ipaddress.ip_address(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        inner = parsed.ipv4_mapped or parsed.sixtofour or (parsed.teredo or (None, None))[1]
        if inner is not None:
            parsed = inner
    return parsed.is_global and not parsed.is_multicast


class _Guarded(httpx.BaseTransport):
    """Connects only to addresses that were looked at."""

    def __init__(self) -> None:
        self._inner = httpx.HTTPTransport(verify=_trust, trust_env=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        if url.scheme not in {"http", "https"} or not url.host:
            raise SourceTrouble("not_web", place=str(url), permanent=True)
        address = public_address(url.host, url.port or (443 if url.scheme == "https" else 80))
        pinned = httpx.Request(
            request.method,
            url.copy_with(host=address),
            headers=request.headers,
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": url.host},
        )
        return self._inner.handle_request(pinned)

    def close(self) -> None:
        self._inner.close()


def opened(
    *,
    headers: dict[str, str] | None = None,
    timeout: httpx.Timeout = TIMEOUT,
    redirects: bool = False,
) -> httpx.Client:
    """Return a client for addresses that people have configured. Proxies of the machine are not used."""
    return httpx.Client(
        transport=_Guarded(),
        timeout=timeout,
        headers={"user-agent": AGENT, **(headers or {})},
        follow_redirects=redirects,
        max_redirects=MOST_REDIRECTS,
    )


@contextmanager
def reaching(place: str) -> Iterator[None]:
    """Turn what the network can do to a call of `place` into SourceTrouble."""
    try:
        yield
    except httpx.TimeoutException:
        raise SourceTrouble("no_answer", place=place) from None
    except (httpx.RemoteProtocolError, httpx.ReadError) as error:
        raise SourceTrouble("cut", place=place, said=str(error)) from None
    except httpx.TooManyRedirects:
        raise SourceTrouble("not_there", place=place, status="too many redirects") from None
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        said = _number_of_error.sub("", str(error)) or type(error).__name__
        raise SourceTrouble("not_reached", place=place, said=said) from None


def checked(response: httpx.Response, place: str) -> httpx.Response:
    """Return a good response; raises SourceTrouble with how long to wait for others."""
    status = response.status_code
    if response.is_success or status == 304:
        return response
    told = f"HTTP {status}"
    if status in NOT_NOW:
        reason = "too_many" if status == 429 else "ailing"
        raise SourceTrouble(reason, place=place, status=told, retry_after=patience_of(response))
    if status in {401, 403, 407}:
        raise SourceTrouble("not_let_in", place=place, status=told)
    if status in {404, 410} or response.is_redirect:
        raise SourceTrouble("not_there", place=place, status=told)
    if status >= 500:
        raise SourceTrouble("ailing", place=place, status=told, retry_after=patience_of(response))
    raise SourceTrouble("refused", place=place, status=told, said=response.reason_phrase)


def patience_of(response: httpx.Response) -> float | None:
    """Return how many seconds the other side asks us to wait, by any of the usual headers, or None.

    Retry-After (RFC 9110, 10.2.3: seconds or a date); X-RateLimit-Reset as a moment (Mastodon) or as
    seconds (Reddit). However long it says, it is asked again within a day.
    """
    told = response.headers.get("retry-after", "").strip()
    if told.replace(".", "", 1).isdecimal():
        return min(float(told), LONGEST_PATIENCE)
    if told:
        try:
            at = email.utils.parsedate_to_datetime(told)
        except ValueError:
            return None
        at = at if at.tzinfo else at.replace(tzinfo=UTC)  # "-0000" says no zone: RFC 5322, 3.3
        return min(max(0.0, (at - now()).total_seconds()), LONGEST_PATIENCE)
    reset = response.headers.get("x-ratelimit-reset", "").strip()
    if reset.replace(".", "", 1).isdecimal():
        return min(float(reset), 3600.0)
    try:
        at = datetime.fromisoformat(reset)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return min(max(0.0, (at - now()).total_seconds()), 3600.0)


def body_of(response: httpx.Response, place: str, *, largest: int = LARGEST) -> bytes:
    """Return the body of a streamed response; raises SourceTrouble when it is larger than `largest`."""
    found = bytearray()
    for part in response.iter_bytes():
        found += part
        if len(found) > largest:
            limit = f"{largest // (1024 * 1024)} MB"
            raise SourceTrouble("too_large", place=place, limit=limit)
    return bytes(found)
