"""A contestant of `bench intake` as a server: `python -m benchmarks.serve NAME FOLDER PORT`.

All run under uvicorn with the same options, in one process.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import uvicorn

from keskio.config.processes import ease_collection

PEERS = {"litestar": "litestar_door", "fastapi": "fastapi_door", "django": "django_door"}


def application(name: str, folder: Path) -> Any:
    """Return the ASGI application of a contestant; "-raw" stands for a row a request."""
    if name == "keskio":
        os.environ["KESKIO_DATA"] = str(folder)
        os.environ["DJANGO_SETTINGS_MODULE"] = "keskio.config.settings"
        from keskio.config.asgi import build_application  # noqa: PLC0415 - settings first

        return build_application()
    peer, _, shape = name.partition("-")
    module = import_module(f"benchmarks.peers.{PEERS[peer]}")
    return module.make_app(folder, row_a_request=shape == "raw")


def main() -> None:
    """Serve until killed."""
    name, folder, port = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    app = application(name, folder)
    ease_collection()  # the same for everybody
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        loop="uvloop",
        http="httptools",
    )


if __name__ == "__main__":
    main()
