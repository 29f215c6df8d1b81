"""The same door in Django: an async view, no middleware, msgspec for the body."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

from benchmarks.peers.calls import Batch, is_known, rows_of
from benchmarks.peers.group_commit import GroupCommit

ANSWER = b'{"success":true}'
HEADERS = {"content-type": "application/json", "content-length": str(len(ANSWER))}
urlpatterns: list[Any] = []
_decode = msgspec.json.Decoder(Batch).decode


def make_app(folder: Path, *, row_a_request: bool) -> Any:
    """Return the application; its rows go to a file in `folder`."""
    commits = GroupCommit(folder / "peer.sqlite3", row_a_request=row_a_request)

    async def batch(request: HttpRequest) -> HttpResponse:
        if not is_known(request.headers["authorization"]):
            return HttpResponse(status=401)
        body = request.body
        told = _decode(body)
        await commits.put([(body,)] if row_a_request else rows_of(told))
        # Django leaves the length to its middleware; without it the answer would be sent in chunks.
        return HttpResponse(ANSWER, headers=HEADERS)

    urlpatterns.append(path("v1/batch", batch))
    settings.configure(
        ROOT_URLCONF=__name__,
        ALLOWED_HOSTS=["*"],
        SECRET_KEY="benchmark",
        DATA_UPLOAD_MAX_MEMORY_SIZE=4 * 1024 * 1024,
    )
    return get_asgi_application()
