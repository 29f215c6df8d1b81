"""Plans for those inside, as a person writes them: reading, writing, and what is wrong with one.

everyone: follow        # or stay
due_now: false          # or true: who would be overdue is due at once
steps:
ask: stay
old-step: {move: new-step}
gone: exit
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keskio.engine.dialogue.migrating import Instruction, Plan, can_follow, comes_before
from keskio.engine.dialogue.program import Program
from keskio.kernel.errors import Mistake
from keskio.kernel.yamls import read_yaml, write_yaml

SETTINGS = frozenset({"everyone", "due_now", "steps"})
ADVICE = {
    "step_unnamed": gettext_lazy(
        "The step “%(step)s” has people in it, but the new version does not have it. Say where they go."
    ),
    "no_such_target": gettext_lazy(
        "Those at “%(step)s” cannot be moved to “%(to)s”: the new version has no such step."
    ),
    "target_passed": gettext_lazy(
        "Those at “%(step)s” have already passed “%(to)s”, and nothing that has been passed is run"
        " again. Choose a step that is still ahead of them."
    ),
    "unknown_step": gettext_lazy(
        "The plan names the step “%(step)s”, which no version with people inside has."
    ),
}


class BadPlan(Mistake):
    """The plan cannot be read."""

    code = "bad_plan"


class CannotMove(Mistake):
    """The plan does not say where everybody goes."""

    code = "cannot_move"

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = list(faults)
        super().__init__(" ".join(fault.sentence() for fault in self.faults))


class Fault(msgspec.Struct, frozen=True):
    """One thing wrong with a plan."""

    code: str
    step: str
    to: str = ""

    def sentence(self) -> str:
        """Say it, with how to mend it, in the reader's language."""
        return str(ADVICE[self.code]) % {"step": self.step, "to": self.to}


class Old(msgspec.Struct, frozen=True):
    """An earlier version with people inside: how many are at each step."""

    version: int
    number: int
    program: Program
    counts: Mapping[str, int]


def read_plan(text: str) -> Plan:
    """Return the plan in a YAML text; raises BadPlan with what is wrong."""
    try:
        document = read_yaml(text)
    except ValueError as fault:
        raise BadPlan(str(fault)) from fault
    document = {} if document is None else document
    if not isinstance(document, dict) or not SETTINGS.issuperset(document):
        raise BadPlan(_("A plan has the settings everyone, due_now and steps, and no others."))
    due_now = document.get("due_now", False)
    if not isinstance(due_now, bool):
        raise BadPlan(_("due_now is true or false."))
    otherwise = _instruction("everyone", document.get("everyone", "follow"), due_now)
    if otherwise.kind not in ("follow", "stay"):
        raise BadPlan(_("everyone is follow or stay."))
    steps = document.get("steps") or {}
    if not isinstance(steps, dict):
        raise BadPlan(_("steps names steps, and for each what is done with those who are at it."))
    return Plan(
        {str(step): _instruction(str(step), said, due_now) for step, said in steps.items()},
        otherwise,
    )


def write_plan(plan: Plan) -> str:
    """Return a plan as text that `read_plan` reads back the same."""
    due_now = any(one.due_now for one in (plan.otherwise, *plan.steps.values()))
    document: dict[str, Any] = {"everyone": plan.otherwise.kind, "due_now": due_now}
    steps = {
        step: {"move": one.step} if one.kind == "move" else one.kind
        for step, one in plan.steps.items()
    }
    return write_yaml({**document, "steps": steps} if steps else document)


def faults_of(plan: Plan, new: Program, olds: Iterable[Old]) -> list[Fault]:
    """Return what is wrong with `plan` for those who are inside now; each fault once."""
    found: dict[Fault, None] = {}
    olds = list(olds)
    for old in olds:
        for step in old.counts:
            found.update(dict.fromkeys(_faults_at(step, plan.at(step), new, old.program)))
    known = {step for old in olds for step in old.program.steps}
    if olds:
        found.update(
            (Fault("unknown_step", step), None) for step in plan.steps if step not in known
        )
    return list(found)


def _faults_at(step: str, said: Instruction, new: Program, old: Program) -> Iterable[Fault]:
    if said.kind == "follow" and not can_follow(old, new, step):
        yield Fault("step_unnamed", step)
    if said.kind == "move":
        if said.step not in new.steps:
            yield Fault("no_such_target", step, said.step)
        elif comes_before(old, said.step, step):
            yield Fault("target_passed", step, said.step)


def _instruction(step: str, said: object, due_now: bool) -> Instruction:
    if said in ("stay", "exit"):
        return Instruction("stay" if said == "stay" else "exit")
    if said == "follow":
        return Instruction(due_now=due_now)
    if isinstance(said, dict) and set(said) == {"move"} and isinstance(said["move"], str):
        return Instruction("move", said["move"])
    wrong = _("%(step)s: say follow, stay, exit, or {move: STEP}.") % {"step": step}
    raise BadPlan(wrong)
