"""What is said of drafts and changes: notes, refusals, deadlines, forecasts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keskio.engine.dialogue.migrating import Instruction, Plan
from keskio.engine.dialogue.program import Program
from keskio.engine.dialogue.reasons import sentence
from keskio.kernel.errors import KeskioError
from keskio.talk.actions import CannotPublish
from keskio.talk.drawing import step_title
from keskio.talk.publishing.forecasting import Forecast
from keskio.talk.publishing.plans import CannotMove, Old

NOTES: Mapping[str, tuple[str | Promise, str]] = {
    "created": (gettext_lazy("Begun"), "plain"),
    "saved": (gettext_lazy("Saved"), "plain"),
    "asked": (gettext_lazy("Put before others"), "calm"),
    "agreed": (gettext_lazy("Agreed to"), "good"),
    "returned": (gettext_lazy("Sent back"), "warn"),
    "published": (gettext_lazy("Published"), "good"),
    "discarded": (gettext_lazy("Discarded"), "plain"),
}
REFUSALS: Mapping[str, str | Promise] = {
    "draft_overtaken": gettext_lazy(
        "Somebody has saved this draft meanwhile. Look at it as it is now, and try again."
    ),
    "draft_not_open": gettext_lazy(
        "The draft has been published or discarded and cannot be changed any more."
    ),
    "draft_too_long": gettext_lazy(
        "The text is longer than a definition can be (400,000 characters)."
    ),
    "needs_second_person": gettext_lazy(
        "A second person must agree to this text before it is published. Ask for it on the draft's page."
    ),
    "own_draft": gettext_lazy("Somebody else must agree: this text is yours."),
    "not_asked": gettext_lazy("Nobody has asked for this draft to be looked at."),
    "no_comment": gettext_lazy("Say what should be changed, so that its writer knows."),
    "not_undoable": gettext_lazy(
        "This change is still being carried out, or has been undone already."
    ),
}
DEADLINES: Mapping[str, str | Promise] = {
    "recomputed": gettext_lazy("get a new deadline, counted from when they began to wait"),
    "kept": gettext_lazy("keep the deadline they have, because the new one is already past"),
    "due_now": gettext_lazy("are due at once, because the new deadline is already past"),
    "from_now": gettext_lazy("get a deadline counted from now, because they had none"),
}
VERDICTS: Mapping[str, str | Promise] = {
    "followed": gettext_lazy("follow"),
    "moved": gettext_lazy("are moved"),
    "stayed": gettext_lazy("stay on their version"),
    "exited": gettext_lazy("are taken out"),
}


class StepForecast(msgspec.Struct, frozen=True):
    """What happens to those at one step: (words, people) for each that happens to somebody."""

    step: str
    title: str
    verdicts: list[tuple[str, int]]
    deadlines: list[tuple[str, int]]


def said(fault: KeskioError) -> str:
    """Return a refusal in the reader's language."""
    if isinstance(fault, CannotPublish):
        return _("The definition has mistakes that must be mended before it can be published.")
    if isinstance(fault, CannotMove):
        return " ".join(one.sentence() for one in fault.faults)
    return str(REFUSALS.get(fault.code, fault.message))


def forecast_rows(
    found: Forecast, new: Program, olds: Sequence[Old], language: str
) -> list[StepForecast]:
    """Return what happens, step by step, in the order of the earlier definition."""
    order = dict.fromkeys(key for old in olds for key in old.program.order)
    rows = []
    for step in order:
        counts = found.steps.get(step)
        if not counts:
            continue
        program = new if step in new.steps else next(o.program for o in olds if step in o.counts)
        rows.append(
            StepForecast(
                step,
                step_title(program, step, language),
                _named(counts, VERDICTS),
                _named(counts, DEADLINES),
            )
        )
    return rows


def deadlines_in_words(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Return what became of deadlines, in words."""
    return _named(counts, DEADLINES)


def reasons_in_words(counts: Mapping[str, int], language: str) -> list[tuple[str, int]]:
    """Return why somebody stayed, or was left where they were, the most usual first."""
    by_count = sorted(counts.items(), key=lambda item: -item[1])
    return [(sentence(reason, language), count) for reason, count in by_count]


def _named(counts: Mapping[str, Any], names: Mapping[str, Any]) -> list[tuple[str, int]]:
    return [(str(name), counts[code]) for code, name in names.items() if counts.get(code)]


def plan_in_words(plan: Plan, new: Program, language: str) -> list[tuple[str, str]]:
    """Return (at which step, what was done with those there), the steps with a rule of their own first."""
    rows = [
        (step_title(new, step, language) if step in new.steps else step, _done(one, new, language))
        for step, one in plan.steps.items()
    ]
    rest = _("Everybody else") if rows else _("Everybody")
    return [*rows, (rest, _done(plan.otherwise, new, language))]


def _done(one: Instruction, new: Program, language: str) -> str:
    if one.kind == "move":
        return _("Move to: %(step)s") % {"step": step_title(new, one.step, language)}
    if one.kind == "stay":
        return _("Stay on their version")
    return _("End the dialogue for them") if one.kind == "exit" else _("Follow: go on at this step")
