"""What browsers' clients ask for before they send anything: which destinations a source has.

Keskiö is the only destination: there is nothing to configure, but without an answer the clients do not
start at all.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from keskio.tracking.answers import Answer
from keskio.tracking.contracts import KeyEntry

CACHED = ((b"cache-control", b"public, max-age=300"), (b"vary", b"Host"))
PLAIN_HOST = re.compile(r"[A-Za-z0-9.\-:\[\]]+")


def settings_of(key: str, *, scheme: str, host: str) -> Answer:
    """Return the settings of analytics.js: send to the host that it was asked from.

    `apiHost` has no scheme and `protocol` no colon: the client joins them itself. No metrics about
    the client are wanted.
    """
    destination: dict[str, Any] = {
        "apiKey": key,
        "type": "browser",
        "versionSettings": {"version": "4.4.7", "componentTypes": ["browser"]},
        "unbundledIntegrations": [],
        "addBundledMetadata": True,
    }
    if PLAIN_HOST.fullmatch(host):
        destination |= {"apiHost": f"{host}/v1", "protocol": scheme}
    settings = {
        "integrations": {"Segment.io": destination},
        "plan": {"track": {"__default": {"enabled": True, "integrations": {}}}},
        "edgeFunction": {},
        "analyticsNextEnabled": True,
        "middlewareSettings": {},
        "enabledMiddleware": {},
        "metrics": {"sampleRate": 0},
        "legacyVideoPluginsEnabled": False,
        "remotePlugins": [],
    }
    return Answer(200, msgspec.json.encode(settings), headers=CACHED)


def source_config_of(key: str, entry: KeyEntry) -> Answer:
    """Return the configuration that Rudder's clients ask for: a source without destinations."""
    quiet = {"enabled": False}
    source = {
        "id": str(entry.source),
        "name": entry.source_name,
        "writeKey": key,
        "enabled": True,
        "workspaceId": "keskio",
        "config": {"statsCollection": {"errors": quiet, "metrics": quiet}},
        "connections": [],
        "destinations": [],
        "dataplanes": {},
    }
    return Answer(200, msgspec.json.encode({"source": source}), headers=CACHED)
