"""A dialogue of two hundred steps costs a customer no more than one of two."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from keskio.engine.dialogue import signals as s
from keskio.engine.dialogue.enrolment import Enrolment
from keskio.engine.dialogue.packing import pack
from keskio.engine.dialogue.program import Program, Step
from keskio.engine.dialogue.step import step
from tests.engine.making import AINO, MONDAY, program_of


class Counted(Mapping[str, Step]):
    """Steps that count how often one of them is looked at."""

    def __init__(self, steps: Mapping[str, Step]) -> None:
        self.steps, self.looks = steps, 0

    def __getitem__(self, key: str) -> Step:
        self.looks += 1
        return self.steps[key]

    def __iter__(self) -> Iterator[str]:
        raise AssertionError("nobody goes through all steps to take one")

    def __len__(self) -> int:
        return len(self.steps)


def looks(count: int) -> tuple[list[int], list[int]]:
    """Return the looks at steps, and the bytes of the state, at each of the first signals."""
    waits: dict[str, Any] = {f"w{n:03}": {"kind": "wait", "for": "1 day"} for n in range(count)}
    read = program_of(waits)
    counted = Counted(read.steps)
    program: Program = msgspec.structs.replace(read, steps=counted)
    state, seen, sizes = Enrolment(), [], []
    signal: s.Signal = s.Entered(MONDAY)
    for _ in range(4):
        counted.looks = 0
        taken = step(program, state, signal, AINO, signal.at)
        state = taken.enrolment
        seen.append(counted.looks)
        sizes.append(len(pack(state)))
        timer = min(state.timers)
        signal = s.Due(timer.due, timer.kind, timer.visit)
    return seen, sizes


def test_a_signal_costs_the_same_whatever_the_number_of_steps() -> None:
    assert looks(200) == looks(5)
    assert max(looks(200)[0]) <= 4
