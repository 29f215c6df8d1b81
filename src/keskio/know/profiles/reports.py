"""Frozen types of a search for clusters: what was asked, what was found, and the report card."""

from __future__ import annotations

import msgspec

K_MEANS, WARD = "kmeans", "ward"
SEGMENTS, CONTINUUM, NONE = "segments", "continuum", "none"

FEWEST, SMALLEST_SHARE = 50, 0.02
DIFFERENT = 0.1
IDENTIFIABLE = 0.7
STABLE, PATTERN, HIGHLY_STABLE = 0.75, 0.6, 0.85
STRONG = 0.8
APART = 0.1


class Asked(msgspec.Struct, frozen=True):
    """What a search is to look at; `k` 0 lets it suggest the number of clusters."""

    variables: list[str]
    method: str = K_MEANS
    k: int = 0
    log_skewed: bool = True


class Scale(msgspec.Struct, frozen=True):
    """How a variable is made comparable; `middle` fills gaps."""

    name: str
    logged: bool
    middle: float
    mean: float
    deviation: float


class Branch(msgspec.Struct, frozen=True):
    """A branching of the tree, as it is drawn: four points; heights from 0 to 1."""

    xs: list[float]
    ys: list[float]


class Condition(msgspec.Struct, frozen=True):
    """A step of an explanation: the variable lies below or above the value."""

    name: str
    is_above: bool
    value: float


class Found(msgspec.Struct, frozen=True):
    """One cluster: its size, its middle customer, what tells it from the others, how stable it is."""

    customers: int
    share: float
    share_of_value: float | None
    middle: dict[str, float]
    rule: list[Condition]
    precision: float
    coverage: float
    jaccard: float

    @property
    def is_large(self) -> bool:
        """Tell whether it is large enough to be worked with."""
        return self.customers >= FEWEST and self.share >= SMALLEST_SHARE


class Difference(msgspec.Struct, frozen=True):
    """How clusters differ in something that was not used to make them (ε², or Cramér's V)."""

    name: str
    is_category: bool
    effect: float
    p: float

    @property
    def is_real(self) -> bool:
        """Tell whether the difference is large enough to matter, and not by chance."""
        return self.effect >= DIFFERENT and self.p < 0.05


class Tried(msgspec.Struct, frozen=True):
    """What a number of clusters came to, and a cloud without structure beside it."""

    k: int
    strength: float
    silhouette: float
    reference_strength: float
    reference_silhouette: float


class Kept(msgspec.Struct, frozen=True):
    """What assigns customers to clusters: scales, and centres in their space."""

    scales: list[Scale]
    centres: list[list[float]]


class Report(msgspec.Struct, frozen=True):
    """The report card of a search."""

    asked: Asked
    customers: int
    k: int
    verdict: str
    strength: float
    silhouette: float
    reference_strength: float
    reference_silhouette: float
    tried: list[Tried]
    clusters: list[Found]
    differences: list[Difference]
    accuracy: float | None
    fields: list[str]
    rand: float | None
    kept: Kept
    branches: list[Branch] = []
    seconds: float = 0.0

    @property
    def are_large(self) -> bool:
        """Tell whether every cluster is large enough."""
        return all(cluster.is_large for cluster in self.clusters)

    @property
    def are_different(self) -> bool:
        """Tell whether clusters differ in anything that was not used to make them."""
        return any(difference.is_real for difference in self.differences)

    @property
    def are_identifiable(self) -> bool:
        """Tell whether fields known for everyone say the cluster."""
        return self.accuracy is not None and self.accuracy >= IDENTIFIABLE

    @property
    def are_stable(self) -> bool:
        """Tell whether the same clusters come back."""
        return self.strength >= STRONG and all(c.jaccard >= STABLE for c in self.clusters)


def verdict_of(
    *,
    strength: float,
    reference_strength: float,
    silhouette: float,
    reference: float,
    jaccards: list[float],
) -> str:
    """Return the verdict on clusters.

    `segments`: they come back in the other half of the customers, stably, and stand apart more than
    slices of a round cloud do. `continuum`: slices that can be drawn again, or customers that are
    spread unevenly, but nothing parts them. `none`: one round cloud.
    """
    stand_apart = silhouette > reference + APART
    if (
        strength >= STRONG
        and strength >= reference_strength
        and stand_apart
        and min(jaccards) >= PATTERN
    ):
        return SEGMENTS
    return CONTINUUM if strength >= STRONG or stand_apart else NONE
