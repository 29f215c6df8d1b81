"""What is asked of a backtest: which definition, over which time, and what is assumed."""

from __future__ import annotations

from typing import Any

import msgspec

from keskio.engine.dialogue.findings import Finding
from keskio.engine.dialogue.program import Program
from keskio.engine.pressure import Rules
from keskio.kernel.clock import Micros
from keskio.kernel.errors import Mistake
from keskio.talk.documents import compile_text
from keskio.talk.programs import DEFAULT_RULES


class BadBacktest(Mistake):
    """What is asked cannot be replayed."""

    code = "bad_backtest"


class Shelf(msgspec.Struct, frozen=True, gc=False):
    """An offer as the backtest sees it: how many there are (None: no limit), and until when.

    `per_customer`: how many one customer may have; 0 stands for no limit.
    """

    stock: int | None = None
    per_customer: int = 1
    valid_until: Micros | None = None


class Assumed(msgspec.Struct, frozen=True, gc=False):
    """How people are thought to react, because history has no replies to what was never sent.

    `answers`: the share of those asked who give each answer, by "dialogue/step" and then by choice
    ("answer": a typed value, "other": something else); what is missing to 1 is silence. `tasks`: the
    share of tasks that get each result; the rest are left undone. `hours`: the median time to an
    answer or a result.
    """

    answers: dict[str, dict[str, float]] = {}
    tasks: dict[str, float] = {}
    hours: float = 3.0


class Document(msgspec.Struct, frozen=True, gc=False):
    """A definition with the values of its variables, and the number of its version."""

    text: str
    variables: dict[str, Any] = {}
    number: int = 0


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One backtest: everything that its result depends on besides the lake.

    From `since` to before `until`. `others`: the live dialogues that are replayed beside the draft,
    because they would have competed with it. `live`: the version that the draft is compared with.
    `position`: the place in the log that is looked at and no further. `capacity`: tasks that can be done
    on a working day; None: not said. `pressures`: the pressure class of messages really sent, by
    "dialogue/version/step".
    """

    draft: Document
    since: Micros
    until: Micros
    position: int
    live: Document | None = None
    others: tuple[Document, ...] = ()
    rules: Rules = DEFAULT_RULES
    offers: dict[str, Shelf] = {}
    assumed: Assumed = Assumed()
    capacity: int | None = None
    seed: int = 0
    country: str = "FI"
    pressures: dict[str, str] = {}


def program_of(document: Document) -> Program:
    """Return the compiled definition; raises BadBacktest with what is wrong with it."""
    program, findings = compile_text(
        document.text, version=document.number, variables=document.variables
    )
    if program is None:
        told = " ".join(_told(finding) for finding in findings if finding.severity == "error")
        raise BadBacktest(f"The definition cannot be replayed. {told}")
    return program


def _told(finding: Finding) -> str:
    place = f"Step {finding.step}: " if finding.step else ""
    return place + finding.sentence("en")
