"""Which steps let a code out of the house, and whether one of them can still come.

A message does when its text names the variable in which the code is kept. So do tasks, calls, traits and
other dialogues that are given it: of those nobody can say afterwards who has seen the code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from keskio.engine.dialogue import program as p
from keskio.engine.dialogue.enrolment import Enrolment

# The message of this visit has been claimed: the ledger says what becomes of it.
CLAIMED_PHASES = frozenset({"result", "delivery", "answer"})


def names_of(program: p.Program, offer: str) -> frozenset[str]:
    """Return the variables in which `program` keeps codes of `offer`."""
    steps = program.steps.values()
    return frozenset(s.keep_as for s in steps if isinstance(s, p.Offer) and s.offer == offer)


def messages_with(program: p.Program, names: Iterable[str]) -> frozenset[str]:
    """Return the steps whose messages hold one of the variables `names`."""
    return frozenset(
        key
        for key, step in program.steps.items()
        if isinstance(step, (p.Send, p.Ask))
        and any(_named(name, [step.message.texts, step.message.subject]) for name in names)
    )


def is_told_otherwise(program: p.Program, names: Iterable[str]) -> bool:
    """Tell whether anything but a message is given one of the variables."""
    told: list[Any] = []
    for step in program.steps.values():
        if isinstance(step, p.Task):
            told += [step.text, step.title]
        elif isinstance(step, p.Call):
            told.append(step.body)
        elif isinstance(step, p.Start):
            told.append(step.properties)
        elif isinstance(step, p.Update):
            told += [step.traits, step.add]
    return any(_named(name, told) for name in names)


def may_still_carry(program: p.Program, enrolment: Enrolment, carrying: frozenset[str]) -> bool:
    """Tell whether an open enrolment can still come to one of the steps `carrying` from where it is."""
    ahead: list[str] = []
    if enrolment.question is not None:
        ahead += _targets(program, enrolment.question.step)
    if enrolment.phase in CLAIMED_PHASES:
        ahead += _targets(program, enrolment.step)
    else:
        ahead.append(enrolment.step)
    seen: set[str] = set()
    while ahead:
        key = ahead.pop()
        if key in seen or key not in program.steps:
            continue
        if key in carrying:
            return True
        seen.add(key)
        ahead += _targets(program, key)
    return False


def _targets(program: p.Program, key: str) -> list[str]:
    step = program.steps.get(key)
    return [] if step is None else list(step.outcomes.values())


def _named(name: str, told: Any) -> bool:
    if isinstance(told, str):
        return re.search(rf"\b{re.escape(name)}\b", told) is not None
    if isinstance(told, (list, tuple)):
        return any(_named(name, one) for one in told)
    if hasattr(told, "values"):
        return any(_named(name, one) for one in told.values())
    return False
