"""Which providers there are: whatever is registered under the entry point group `keskio.channels`.

The built-in providers come through the same door as those of plugins. The one place that names them
is `pyproject.toml`; in a checkout that was never installed the table is read from that file.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.metadata import EntryPoint, PackageNotFoundError, distribution, entry_points
from pathlib import Path

from keskio.channels.contracts import Provider
from keskio.kernel.errors import Broken, Mistake

GROUP = "keskio.channels"
PROJECT_FILE = Path(__file__).resolve().parents[3] / "pyproject.toml"


@cache
def providers() -> dict[str, Provider]:
    """Return all registered providers by key.

    Raises Broken when two plugins claim one key, or when a provider calls itself something else
    than its entry point does.
    """
    found: dict[str, Provider] = {}
    for entry in _entries():
        provider: Provider = entry.load()
        if provider.key != entry.name or entry.name in found:
            raise Broken(
                f"The channel provider {entry.value} is registered as {entry.name!r}, which is "
                f"taken or is not its own key {provider.key!r}. Mend the plugin's entry points."
            )
        found[entry.name] = provider
    return found


def provider_of(key: str) -> Provider:
    """Return the provider called `key`; raises Mistake when no such provider is installed."""
    try:
        return providers()[key]
    except KeyError:
        raise Mistake(
            f"There is no channel provider {key!r} here. Installed: {', '.join(sorted(providers()))}."
        ) from None


def _entries() -> list[EntryPoint]:
    installed = list(entry_points(group=GROUP))
    try:
        distribution("keskio")
    except PackageNotFoundError:
        return [*_from_project_file(), *installed]
    return installed


def _from_project_file() -> list[EntryPoint]:
    with PROJECT_FILE.open("rb") as file:
        table = tomllib.load(file)["project"]["entry-points"][GROUP]
    return [EntryPoint(name=name, value=value, group=GROUP) for name, value in table.items()]
