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
from keskio.engine.text.lists import FAR, Kind
from keskio.listen.reading.batch import Group
from keskio.listen.reading.records import Records

if TYPE_CHECKING:
    from keskio.listen.reading.pipeline import Reader

Places = NDArray[np.int64]
Flags = NDArray[np.bool_]
STEPS = FAR + 1
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


def judge_all(reader: Reader, group: Group) -> None:
    """Judge each message of a group that has known words; the others are silent."""
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
    here, parts = _parts(records, found.numbers, heard, denied, tokens)
    rows = np.flatnonzero(np.bincount(found.owners, minlength=len(group)))
    first, last = (np.searchsorted(found.owners, rows, side) for side in ("left", "right"))
    at, after = begun(heard, known.begins[found.numbers], known.keys[found.numbers], records.pairs)
    begins = first[np.searchsorted(rows, found.owners[at])]
    pairs = list(zip((at - begins).tolist(), (after - begins).tolist(), strict=True))
    judged = [
        concluded(hits[start:end], parts[one:other], lists, kinds, pairs[left:right])
        for kinds, start, end, one, other, left, right in zip(
            group.kinds[rows].tolist(),
            first.tolist(),
            last.tolist(),
            np.searchsorted(here, first).tolist(),
            np.searchsorted(here, last).tolist(),
            np.searchsorted(at, first).tolist(),
            np.searchsorted(at, last).tolist(),
            strict=True,
        )
    ]
    _keep(group, rows, judged)


def _keep(group: Group, rows: Places, judged: list[Judged]) -> None:
    """Keep what the messages of `rows` were judged."""
    group.judged = [SILENT] * len(group)
    group.sums = np.zeros(len(group))
    group.asks, group.terms, group.weighs = np.zeros((3, len(group)), dtype=bool)
    for row, one in zip(rows.tolist(), judged, strict=True):
        group.judged[row] = one
    group.spoken = rows.tolist()
    group.sums[rows] = [one.sum for one in judged]
    group.asks[rows] = [one.is_question for one in judged]
    group.terms[rows] = [one.is_neutral for one in judged]
    group.weighs[rows] = [bool(one.parts) for one in judged]


def _parts(
    records: Records, numbers: NDArray[np.int32], heard: Heard, denied: Flags, tokens: list[str]
) -> tuple[Places, list[Part]]:
    """Return which words say something by themselves, and what."""
    known = records.known()
    here, weights, scales = valued(
        heard, known.weights[numbers, denied.astype(np.int8)], known.scales[numbers]
    )
    whys = [
        records.whys[number][is_denied] + (SCALED if scale != 1 else "")
        for number, is_denied, scale in zip(
            numbers[here].tolist(), denied[here].tolist(), scales.tolist(), strict=True
        )
    ]
    words = [tokens[at] for at in here.tolist()]
    weighed = (weights * scales).tolist()
    return here, list(map(Part, heard.places[here].tolist(), weighed, whys, words))


def begun(
    heard: Heard, begins: NDArray[np.int32], keys: NDArray[np.int32], pairs: Flags
) -> tuple[Places, Places]:
    """Return the pairs of words with which some phrase begins, in the order of the text.

    `begins` and `keys` of each word are numbers in `pairs`.
    """
    here = np.flatnonzero(begins[:, 0] | begins[:, 1])
    near = np.ones(len(here), dtype=bool)
    found: list[Places] = []
    last = len(heard.owners) - 1
    for step in range(1, FAR + 1):
        there = np.minimum(here + step, last)
        near &= (heard.owners[there] == heard.owners[here]) & (there == here + step)
        near &= heard.places[there] - heard.places[here] <= FAR
        near &= heard.bits[there] & BREAKS == 0
        is_pair = np.zeros(len(here), dtype=bool)
        for one in (0, 1):
            for other in (0, 1):
                is_pair |= pairs[begins[here, one], keys[there, other]]
        found.append(here[near & is_pair] * STEPS + step)
    ordered = np.sort(np.concatenate(found))
    at = ordered // STEPS
    return at, at + ordered % STEPS


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
    return np.asarray((denied | reaches) & ~cursed & (bits & Kind.SIGN == 0))


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
