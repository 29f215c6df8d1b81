"""The same door in Litestar: a handler with a msgspec body."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from litestar import Litestar, Request, post
from litestar.exceptions import NotAuthorizedException

from benchmarks.peers.calls import Batch, is_known, rows_of
from benchmarks.peers.group_commit import GroupCommit


def make_app(folder: Path, *, row_a_request: bool) -> Litestar:
    """Return the application; its rows go to a file in `folder`."""
    commits = GroupCommit(folder / "peer.sqlite3", row_a_request=row_a_request)

    @post("/v1/batch", status_code=200)
    async def batch(data: Batch, request: Request[Any, Any, Any]) -> dict[str, bool]:
        if not is_known(request.headers["authorization"]):
            raise NotAuthorizedException
        await commits.put([(await request.body(),)] if row_a_request else rows_of(data))
        return {"success": True}

    return Litestar([batch], openapi_config=None, logging_config=None)
