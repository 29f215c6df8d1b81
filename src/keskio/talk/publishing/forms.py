"""Forms of the wing: the text of a draft with its values, and a plan for those inside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keskio.engine.dialogue.migrating import Instruction, Plan, can_follow
from keskio.engine.dialogue.program import Program
from keskio.kernel.yamls import read_yaml, write_yaml
from keskio.talk.drawing import step_title
from keskio.talk.publishing.drafts import MOST_CHARACTERS
from keskio.talk.publishing.models import Draft
from keskio.talk.publishing.plans import Old

MOVE = "move:"


class DraftForm(forms.Form):
    """The text exactly as typed, and the values given in place of the text's own."""

    text = forms.CharField(
        label=gettext_lazy("Definition"),
        widget=forms.Textarea(attrs={"rows": 32, "spellcheck": "false", "wrap": "off"}),
        strip=False,
        required=False,
        max_length=MOST_CHARACTERS,
    )
    variables = forms.CharField(
        label=gettext_lazy("Values"),
        help_text=gettext_lazy(
            "Given in place of the definition's own, one a line: “price: 95 €”. Leave empty for none."
        ),
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        required=False,
        max_length=20_000,
    )
    revision = forms.IntegerField(widget=forms.HiddenInput)

    def clean_variables(self) -> dict[str, Any]:
        """Return the values by name, plain enough for a row."""
        try:
            found = read_yaml(self.cleaned_data["variables"])
        except ValueError as fault:
            raise ValidationError(str(fault)) from fault
        if found is None:
            return {}
        if not isinstance(found, dict):
            raise ValidationError(_("Write a name, a colon and a value on each line."))
        return {
            str(name): value.isoformat() if hasattr(value, "isoformat") else value
            for name, value in found.items()
        }


def initial_of(draft: Draft) -> dict[str, Any]:
    """Return a draft as the form shows it; browsers drop a first line that is empty, so it comes twice."""
    values = write_yaml(draft.variables) if draft.variables else ""
    return {"text": draft.text, "variables": values, "revision": draft.revision}


def as_typed(posted: str, stored: str) -> str:
    """Return the text as its writer has it: browsers send every line's end as CR LF, whatever it was."""
    if "\r\n" in stored:
        return posted
    return posted.replace("\r\n", "\n")


class PlanForm(forms.Form):
    """What is done with those inside: a choice for each step of the old versions that people are at."""

    due_now = forms.BooleanField(
        label=gettext_lazy("Whoever would be overdue by a new deadline is due at once"),
        help_text=gettext_lazy("Otherwise they keep the deadline they have."),
        required=False,
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None,
        *,
        olds: Sequence[Old],
        new: Program,
        language: str,
    ) -> None:
        super().__init__(data)
        self._steps: list[tuple[str, str]] = []
        ahead = [(f"{MOVE}{key}", _("Move to: %(step)s") % {"step": step_title(new, key, language)})
                 for key in new.order]  # fmt: skip
        for index, step in enumerate(_places(olds)):
            name = f"step-{index}"
            follows = all(can_follow(old.program, new, step) for old in olds if step in old.counts)
            first = [("follow", _("Follow: go on at this step"))] if follows else [
                ("", _("Choose where they go"))]  # fmt: skip
            rest = [
                ("stay", _("Stay on their version")),
                ("exit", _("End the dialogue for them")),
            ]
            old = next(old for old in olds if step in old.counts)
            count = sum(old.counts.get(step, 0) for old in olds)
            field = forms.ChoiceField(
                label=step_title(old.program, step, language),
                choices=[*first, *rest, *(one for one in ahead if one[0] != f"{MOVE}{step}")],
                required=False,
                initial=first[0][0],
                widget=forms.Select(attrs={"class": "input"}),
            )
            self.fields[name] = field
            self._steps.append((name, step))
            self.counts = {**getattr(self, "counts", {}), name: count}

    @property
    def rows(self) -> list[tuple[forms.BoundField, str, int]]:
        """Return (field, key of the step, people there) for the table."""
        return [(self[name], step, self.counts[name]) for name, step in self._steps]

    def plan(self) -> Plan:
        """Return the chosen plan; a step for which nothing was chosen is left to follow."""
        chosen = self.cleaned_data if self.is_bound and self.is_valid() else {}
        due_now = bool(chosen.get("due_now"))
        steps = {
            step: _instruction(chosen.get(name) or "follow", due_now) for name, step in self._steps
        }
        return Plan(
            {step: one for step, one in steps.items() if one != Instruction(due_now=due_now)},
            Instruction(due_now=due_now),
        )


def _places(olds: Sequence[Old]) -> list[str]:
    """Return the steps that people are at, in the order of the definitions."""
    order = [step for old in olds for step in old.program.order if step in old.counts]
    return list(dict.fromkeys(order))


def _instruction(said: str, due_now: bool) -> Instruction:
    if said.startswith(MOVE):
        return Instruction("move", said.removeprefix(MOVE))
    if said == "stay":
        return Instruction("stay")
    return Instruction("exit") if said == "exit" else Instruction(due_now=due_now)
