"""Calls to the APIs of others: JSON in, bounded, with the troubles of the way told as sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
import msgspec

from keskio.kernel.errors import Mistake
from keskio.listen.sources.faults import SourceTrouble
from keskio.listen.sources.fetching import body_of, checked, reaching

T = TypeVar("T")


def ask(
    client: httpx.Client,
    url: str,
    *,
    type: type[T],  # noqa: A002 - as msgspec calls it
    params: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> T:
    """Return the JSON at `url` as `type`; raises SourceTrouble for whatever keeps us from it."""
    return asked(
        client, client.build_request("GET", url, params=params, headers=headers), type=type
    )


def asked(client: httpx.Client, request: httpx.Request, *, type: type[T]) -> T:  # noqa: A002
    """Send `request` and return the JSON of the answer; raises SourceTrouble."""
    place = request.url.host
    with reaching(place):
        response = client.send(request, stream=True)
        try:
            checked(response, place)
            body = body_of(response, place)
        finally:
            response.close()
    return understood(body, place, type=type)


def understood(body: bytes | str, place: str, *, type: type[T]) -> T:  # noqa: A002
    """Return JSON as `type`; raises SourceTrouble when it is something else."""
    try:
        return msgspec.json.decode(body, type=type)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise SourceTrouble("not_understood", place=place, said=str(error)) from None


def web_address(told: str, label: str, *, schemes: tuple[str, ...] = ("http", "https")) -> str:
    """Return an address without a slash at its end; raises Mistake when it is none."""
    parts = urlsplit(told)
    if parts.scheme not in schemes or not parts.hostname:
        wanted = " or ".join(f"{scheme}://" for scheme in schemes)
        raise Mistake(f"{label}: {told!r} does not begin with {wanted}.")
    return told.rstrip("/")
