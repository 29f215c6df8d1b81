"""When a dialogue would invite somebody by itself: an audience at a time."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from keskio.engine.dialogue.facts import Facts
from keskio.engine.dialogue.moments import Around, moment_at
from keskio.engine.dialogue.program import Program
from keskio.kernel.clock import Micros


class Launch(msgspec.Struct, frozen=True, gc=False):
    """At `at` the audience of `program` is looked at."""

    at: Micros
    program: Program


def launches_of(program: Program, since: Micros, until: Micros, who: str) -> Iterator[Launch]:
    """Yield when `program` looks whether `who` is in its audience, from `since` to before `until`."""
    del who
    if program.trigger.kind == "audience" and program.trigger.at is not None:
        at = moment_at(program.trigger.at, 0, Around(program, {}, Facts()))
        if since <= at < until:
            yield Launch(at, program)
