"""Rules 3 and 4 of `engine.text.judging` for all messages of a batch at once, and `judge` with them.

How far a denial reaches and what stands beside a word are looked up for every known word of the batch by
arrays; only what was found so is then weighed by message. Equal to `judge` of each message by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from keskio.engine.text.judging import (
    BESIDE,
    BREAKS,
    DENYING,
    MOST_SCALED,
    REACH,
    SCALED,
    SILENT,
    STRENGTHENED,
    STRENGTHENING,
    TOLD,
    Hit,
    Judged,
    Part,
    concluded,
)
from keskio.engine.text.lists import Kind
from keskio.listen.reading.batch import Group

if TYPE_CHECKING:
    from keskio.listen.reading.pipeline import Reader

Places = NDArray[np.int64]
Flags = NDArray[np.bool_]
ENDS_CURSE = Kind.NEGATOR | Kind.STOP


class Heard(NamedTuple):
    """The known words of a batch, flat: whose, where in their message, their bits."""

    owners: Places
    places: Places
    bits: Places

    def beside(self, here: Places, step: int) -> tuple[Places, Flags]:
        """Return what is known `step` further on, and whether it is beside, in the same clause."""
        there = here + step
        inside = (there >= 0) & (there < len(self.owners))
        there = np.where(inside, there, here)
        apart = np.abs(self.places[there] - self.places[here])
        beside = inside & (self.owners[there] == self.owners[here]) & (apart <= BESIDE)
        return there, beside & (self.bits[there] & BREAKS == 0)


def judged(reader: Reader, group: Group) -> list[Judged]:
    """Return how good or bad each message of a group sounds."""
    found = group.found
    assert found is not None, "found in the step before"
    records, lists = reader.records(group.language), reader.lists(group.language)
    known = records.known()
    places = found.places - np.array(group.starts, dtype=np.int64)[found.owners]
    heard = Heard(found.owners, places, known.bits[found.numbers])
    denied = denied_far(heard, found.denied)
    tokens = [group.spelt[number] for number in group.said[found.places].tolist()]
    known_records = [records.all[number] for number in found.numbers.tolist()]
    hits = list(map(Hit, places.tolist(), tokens, known_records, denied.tolist()))
    here, weights, scales = valued(
        heard, known.weights[found.numbers, denied.astype(np.int8)], known.scales[found.numbers]
    )
    whys = [
        records.whys[number][is_denied] + (SCALED if scale != 1 else "")
        for number, is_denied, scale in zip(
            found.numbers[here].tolist(), denied[here].tolist(), scales.tolist(), strict=True
        )
    ]
    words = [tokens[at] for at in here.tolist()]
    parts = list(map(Part, places[here].tolist(), (weights * scales).tolist(), whys, words))
    rows = np.flatnonzero(np.bincount(found.owners, minlength=len(group)))
    first, last = (np.searchsorted(found.owners, rows, side) for side in ("left", "right"))
    judgements = [SILENT] * len(group)
    for row, kinds, start, end, one, other in zip(
        rows.tolist(),
        group.kinds[rows].tolist(),
        first.tolist(),
        last.tolist(),
        np.searchsorted(here, first).tolist(),
        np.searchsorted(here, last).tolist(),
        strict=True,
    ):
        judgements[row] = concluded(hits[start:end], parts[one:other], lists, kinds)
    return judgements


def denied_far(heard: Heard, denied: Flags) -> Flags:
    """Return what denials reach to the end of a short clause, as `judge` has it; `denied`: near ones."""
    bits, places, owners = heard.bits, heard.places, heard.owners
    at = np.arange(len(owners))
    begins = np.maximum.accumulate(np.where(np.diff(owners, prepend=-1) != 0, at, 0))
    denies = bits & Kind.NEGATOR != 0
    curses = np.zeros(len(owners), dtype=bool)  # "ei vittu" denies nothing
    curses[:-1] = (
        denies[:-1]
        & (owners[1:] == owners[:-1])
        & (places[1:] == places[:-1] + 1)
        & (bits[1:] & Kind.PROFANE != 0)
    )
    last = np.maximum.accumulate(np.where(bits & DENYING != 0, at, -1))
    reaches = (last >= begins) & denies[last] & ~curses[last] & (places <= places[last] + REACH)
    last = np.maximum.accumulate(np.where(bits & ENDS_CURSE != 0, at, -1))
    cursed = (last >= begins) & curses[last]
    return (denied | reaches) & ~cursed & (bits & Kind.SIGN == 0)


def valued(
    heard: Heard, weights: NDArray[np.float64], scales: NDArray[np.float64]
) -> tuple[Places, NDArray[np.float64], NDArray[np.float64]]:
    """Return which words say something by themselves, what each weighs, and what scales it."""
    bits = heard.bits
    here = np.flatnonzero((bits & TOLD != 0) & (bits & Kind.NEUTRAL == 0) & (weights != 0))
    after, is_after = heard.beside(here, 1)
    then, is_then = heard.beside(here, 2)
    is_then &= is_after
    only_very = (is_after & (bits[after] & STRENGTHENED != 0)) | (
        is_then & (bits[then] & STRENGTHENED != 0)
    )
    here = here[~(only_very & (bits[here] & STRENGTHENING != 0))]
    before, is_before = heard.beside(here, -1)
    earlier, is_earlier = heard.beside(here, -2)
    scaled = np.where(is_before, scales[before], 1.0)
    scaled *= np.where(is_before & is_earlier, scales[earlier], 1.0)
    return here, weights[here], np.minimum(scaled, MOST_SCALED)
