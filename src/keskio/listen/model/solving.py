"""Many linear heads fitted at once: class-balanced SVMs with squared hinge loss, by Newton's method.

All heads share the texts, so each product with them is made once for all heads. Minimised for each head
is |w|^2 / 2 + cost * sum of share * max(0, 1 - y margin)^2, as LIBLINEAR does (Fan et al. 2008), with
the bias as one more weight; the directions are found by conjugate gradients (Lin, Weng and Keerthi 2008).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]

STEPS, DIRECTIONS, HALVINGS = 12, 12, 8
ENOUGH = 0.01  # of the first gradient's length: what is left when a head is done
ROUGHLY = 0.1


class Texts(NamedTuple):
    """Texts as rows: `sparse` of slots, `dense` of meanings (perhaps without columns)."""

    sparse: sp.csr_matrix
    dense: Floats

    def part(self, rows: NDArray[np.int64]) -> Texts:
        """Return some of the texts."""
        return Texts(self.sparse[rows], self.dense[rows])

    def margins(self, weights: Floats) -> Floats:
        """Return texts x heads for weights (slots, meanings, bias) x heads."""
        slots = self.sparse.shape[1]
        return np.asarray(
            self.sparse @ weights[:slots] + self.dense @ weights[slots:-1] + weights[-1]
        )


def balanced(wanted: Flags, used: Flags) -> Floats:
    """Return what each text counts for each head: yes and no as much as each other; 0 if not used."""
    yes = (wanted & used).sum(axis=0)
    texts = used.sum(axis=0)
    share = np.where(
        wanted, texts / np.maximum(2 * yes, 1), texts / np.maximum(2 * (texts - yes), 1)
    )
    return np.asarray(share * used, dtype=np.float32)


def solve(texts: Texts, wanted: Flags, shares: Floats, costs: Floats) -> Floats:
    """Return the weights, (slots + meanings + 1 for the bias) x heads, for `wanted` (texts x heads)."""
    sides = np.where(wanted, np.float32(1), np.float32(-1))
    turned = texts.sparse.T.tocsr()

    def back(values: Floats) -> Floats:
        return np.vstack([turned @ values, texts.dense.T @ values, values.sum(axis=0)[None]])

    dear = (2 * costs * shares).astype(np.float32)
    heads = wanted.shape[1]
    weights = np.zeros((sum(part.shape[1] for part in texts) + 1, heads), np.float32)
    margins = np.zeros((len(wanted), heads), dtype=np.float32)
    first: Floats | None = None
    for _ in range(STEPS):
        short = np.maximum(0, 1 - sides * margins)
        slope = weights - back(dear * short * sides)
        length = np.sqrt((slope * slope).sum(axis=0))
        first = length if first is None else first
        if (length <= ENOUGH * first).all():
            break
        ahead, moved = _direction(texts, back, dear * (short > 0), slope)
        step = _step((weights, margins), (ahead, moved), (sides, dear), slope)
        weights += step * ahead
        margins += step * moved
    return weights


def _direction(
    texts: Texts, back: Callable[[Floats], Floats], curved: Floats, slope: Floats
) -> tuple[Floats, Floats]:
    """Return where to go from `slope`, and what it adds to the margins."""
    ahead, moved = np.zeros_like(slope), np.zeros_like(curved)
    left = -slope
    way = left.copy()
    size = (left * left).sum(axis=0)
    enough = ROUGHLY**2 * size
    for _ in range(DIRECTIONS):
        adds = texts.margins(way)
        bent = way + back(curved * adds)
        far = size / np.maximum((way * bent).sum(axis=0), 1e-20)
        far = np.where(size <= enough, 0, far).astype(np.float32)
        ahead += far * way
        moved += far * adds
        left -= far * bent
        now = (left * left).sum(axis=0)
        if (now <= enough).all():
            break
        more = np.where(size > enough, now / np.maximum(size, 1e-20), 0).astype(np.float32)
        way = left + more * way
        size = np.where(size > enough, now, size)
    return ahead, moved


def _step(
    here: tuple[Floats, Floats],
    ahead: tuple[Floats, Floats],
    loss: tuple[Floats, Floats],
    slope: Floats,
) -> Floats:
    """Return how far each head goes: all the way, or halves of it until that is better."""
    sides, dear = loss

    def cost(step: Floats) -> Floats:
        weights = here[0] + step * ahead[0]
        short = np.maximum(0, 1 - sides * (here[1] + step * ahead[1]))
        return np.asarray(
            ((weights * weights).sum(axis=0) + (dear * short * short).sum(axis=0)) / 2
        )

    step = np.ones(slope.shape[1], dtype=np.float32)
    before = cost(np.zeros_like(step))
    down = (slope * ahead[0]).sum(axis=0)
    for _ in range(HALVINGS):
        is_better = cost(step) <= before + 1e-3 * step * down + 1e-6 * np.abs(before)
        if is_better.all():
            break
        step = np.where(is_better, step, step / 2).astype(np.float32)
    return step
