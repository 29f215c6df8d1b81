"""The built front end: which hashed files belong to an entry, from the build's manifest.

Without a build pages still work, unstyled; a system check says what to do.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
from django.core import checks
from django.templatetags.static import static

BUILT = Path(__file__).parent / "static" / "built"
MANIFEST = BUILT / "manifest.json"


class Chunk(msgspec.Struct, frozen=True):
    """One entry of the manifest; paths are relative to the folder of built files."""

    file: str
    css: list[str] = []
    imports: list[str] = []


class Assets(msgspec.Struct, frozen=True):
    """Addresses of what a page must load for one entry."""

    scripts: list[str]
    styles: list[str]


@lru_cache(maxsize=2)
def _read(changed_at: int) -> dict[str, Chunk]:
    """Read the manifest; `changed_at` keys the cache, so that a new build is seen at once."""
    assert changed_at >= 0
    return msgspec.json.decode(MANIFEST.read_bytes(), type=dict[str, Chunk])


def assets_of(entry: str) -> Assets:
    """Return the script and all styles of `entry` (a path as in the front end's sources)."""
    if not MANIFEST.exists():
        return Assets([], [])
    chunks = _read(MANIFEST.stat().st_mtime_ns)
    styles: list[str] = []
    waiting, seen = [entry], set[str]()
    while waiting:
        key = waiting.pop()
        if key in seen:
            continue
        seen.add(key)
        styles += chunks[key].css
        waiting += chunks[key].imports
    return Assets(
        [static(f"built/{chunks[entry].file}")], [static(f"built/{path}") for path in styles]
    )


@checks.register()
def check_built(**_: Any) -> list[checks.CheckMessage]:
    """Warn when the front end has not been built."""
    if MANIFEST.exists():
        return []
    return [
        checks.Warning(
            "The front end is not built: pages show without style and dialogues as lists only.",
            hint="Run `./keskio demo` or `npm ci && npm run build` in frontend/.",
            id="web.W001",
        )
    ]
