"""What the lake holds of people: every file is written anew without them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from keskio.kernel.clock import Micros
from keskio.kernel.holdings import FILES, Person


class LakeFiles:
    """All files of the lake; the log has let go of the person before (stage)."""

    key = "lake.files"
    stage = FILES
    tables: Sequence[str] = ()

    def export(self, person: Person) -> list[dict[str, Any]]:  # noqa: ARG002 - a holding's shape
        """Return nothing: the lake holds what the tables hold."""
        return []

    def erase(self, person: Person, now: Micros) -> int:  # noqa: ARG002 - a holding's shape
        """Take the person out of every file; how many rows that were is not counted."""
        from keskio.lake import api  # noqa: PLC0415 - engines are heavy, and most processes need none

        api.erase(person.records)
        return 0


HOLDINGS = (LakeFiles(),)
