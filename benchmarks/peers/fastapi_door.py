"""The same door in FastAPI: a handler with a pydantic body."""

# No postponed annotations here: FastAPI reads them while the handler is being made.
from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI, Header, HTTPException, Request
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from benchmarks.peers.calls import is_known, rows_of
from benchmarks.peers.group_commit import GroupCommit


class Call(BaseModel):
    """One event."""

    model_config = ConfigDict(alias_generator=to_camel)
    type: str
    message_id: str
    event: str | None = None
    user_id: str | None = None
    anonymous_id: str | None = None
    timestamp: str | None = None
    properties: dict[str, Any] | None = None
    traits: dict[str, Any] | None = None
    context: dict[str, Any] | None = None
    integrations: dict[str, Any] | None = None


class Batch(BaseModel):
    """One request."""

    model_config = ConfigDict(alias_generator=to_camel)
    batch: list[Call]
    sent_at: str | None = None


def make_app(folder: Path, *, row_a_request: bool) -> FastAPI:
    """Return the application; its rows go to a file in `folder`."""
    app = FastAPI(openapi_url=None)
    commits = GroupCommit(folder / "peer.sqlite3", row_a_request=row_a_request)

    @app.post("/v1/batch")
    async def batch(
        data: Batch, request: Request, authorization: Annotated[str, Header()]
    ) -> dict[str, bool]:
        if not is_known(authorization):
            raise HTTPException(401)
        await commits.put([(await request.body(),)] if row_a_request else rows_of(data))  # type: ignore[arg-type]  # it has the same fields
        return {"success": True}

    return app
