"""What the lake is told of segments and stages: who belongs where, and since when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from keskio.kernel.clock import Micros
from keskio.know.segments.queries import memberships_of, stages_of
from keskio.lake import api as lake

MEMBERSHIPS, STAGES = "memberships", "stages"


def register() -> None:
    """Feed the lake's views of segments and stages. Named in the settings."""
    lake.register_feed(lake.Feed(MEMBERSHIPS, rows_of=membership_rows))
    lake.register_feed(lake.Feed(STAGES, rows_of=stage_rows))


def membership_rows(customers: Sequence[int]) -> Iterator[tuple[int, str, Micros]]:
    """Yield (customer, segment, since)."""
    for customer, mine in memberships_of(customers).items():
        for key, since in mine.items():
            yield customer, key, since


def stage_rows(customers: Sequence[int]) -> Iterator[tuple[int, str, str, Micros]]:
    """Yield (customer, model, stage, since)."""
    for customer, mine in stages_of(customers).items():
        for model, (stage, since) in mine.items():
            yield customer, model, stage, since
