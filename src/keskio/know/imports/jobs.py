"""What the wing does in the worker."""

from __future__ import annotations

from keskio.jobs.api import Pruner
from keskio.jobs.contracts import Background, Job
from keskio.know.imports.actions import tidy
from keskio.know.imports.pulling import Puller
from keskio.know.imports.running import Importer


def jobs() -> list[Job]:
    """Return what takes turns in the worker."""
    return [Importer(), Pruner({"imports": tidy}, name="imports.pruner")]


def backgrounds() -> list[Background]:
    """Return what has a thread of its own in the worker."""
    return [Puller()]
