"""The scales of surveys with their groups: the net promoter score, satisfaction, effort (CES 2.0)."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec


class Scale(msgspec.Struct, frozen=True):
    """A scale of whole numbers with its groups, from the lowest: (name, highest value of the group)."""

    least: int
    most: int
    groups: tuple[tuple[str, int], ...]
    aggregator: str
    direction: str = "higher is better"

    def group_of(self, value: int) -> str:
        """Return the group that `value` belongs to.

        >>> SCALES["nps"].group_of(6), SCALES["csat"].group_of(4)
        ('detractor', 'high')
        """
        return next(name for name, most in self.groups if value <= most)

    @property
    def values(self) -> range:
        """All values, the lowest first."""
        return range(self.least, self.most + 1)


SCALES: Mapping[str, Scale] = {
    "nps": Scale(
        0,
        10,
        (("detractor", 6), ("passive", 8), ("promoter", 10)),
        "share of 9-10 less share of 0-6",
    ),
    "csat": Scale(1, 5, (("low", 2), ("middle", 3), ("high", 5)), "share of 4-5"),
    "ces": Scale(1, 7, (("low", 3), ("middle", 4), ("high", 7)), "share of 5-7"),
}
