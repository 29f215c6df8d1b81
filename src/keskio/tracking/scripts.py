"""Serves analytics.js, unchanged, from the folder into which it was built.

The pages' build copies the npm package's browser files there; without them the addresses answer 404
with a sentence, and everything else works.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from keskio.tracking.answers import SCRIPT, Answer, error

LOADER = re.compile(r"/analytics\.js/v1/[^/]+/analytics(\.min)?\.js")
PART = re.compile(r"/analytics-next/bundles/([A-Za-z0-9_.\-]+\.js)")
STANDALONE = "standalone.js"
HOUR = b"public, max-age=3600"
YEAR = b"public, max-age=31536000, immutable"

NOT_BUILT = error(
    404,
    "not_built",
    "analytics.js is not part of this installation. Build the pages with Node, or load the"
    " npm package @segment/analytics-next in the page itself.",
)


class Scripts:
    """The files of `folders`, the first that has one."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = tuple(folders)

    def answer_for(self, path: str, *, packed: bool) -> Answer:
        """Return the script at an address of Segment's content network, `packed` with gzip."""
        if LOADER.fullmatch(path):
            return self._file(STANDALONE, HOUR, packed=packed)
        part = PART.fullmatch(path)
        if part is None:
            return NOT_BUILT
        # A part has a digest in its name unless it is the loader itself.
        age = YEAR if "bundle" in part[1] else HOUR
        return self._file(part[1], age, packed=packed)

    def _file(self, name: str, age: bytes, *, packed: bool) -> Answer:
        for folder in self._folders:
            file = folder / name
            if file.is_file():
                body = _content_of(file, packed=packed)
                encoding = ((b"content-encoding", b"gzip"),) if packed else ()
                headers = ((b"cache-control", age), (b"vary", b"Accept-Encoding"), *encoding)
                return Answer(200, body, SCRIPT, headers)
        return NOT_BUILT


@lru_cache(maxsize=200)
def _content_of(file: Path, *, packed: bool) -> bytes:
    content = file.read_bytes()
    return gzip.compress(content, mtime=0) if packed else content
